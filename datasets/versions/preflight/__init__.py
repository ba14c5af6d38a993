"""Reads the exact bytes of a file and reports what a provider would reject or drop. Pure.

The rules are those of OpenAI's chat fine-tuning, which other providers follow; docs/datasets.md
lists them. An error is what a provider rejects, cuts off or cannot learn from; a warning deserves a
look. This code shares no state with the code that writes the file: it checks the written bytes.
"""

from datasets.versions.preflight.files import PreflightCheck, PreflightReport
from datasets.versions.preflight.rules import FileRules

__all__ = ["FileRules", "PreflightCheck", "PreflightReport"]
