"""Reads the exact bytes of a file back and says what a provider would refuse or drop. Pure.

The rules are those of OpenAI's chat fine-tuning, which other providers follow; docs/datasets.md
lists them. An error is what a provider refuses, cuts off or cannot learn from; a warning is worth a
look. Nothing here was kept from writing the file: what is judged is what was written.
"""

from datasets.versions.preflight.files import PreflightCheck, PreflightReport

__all__ = ["PreflightCheck", "PreflightReport"]
