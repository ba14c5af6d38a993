"""Checks of an example's wording that need neither a person nor the database. Pure.

The codes are stable and described in `docs/findings.md`. Exact duplicates can only be found in the
database, so the actions add that finding.
"""

from datasets.inspections.characters import INVISIBLE_CHARACTER
from datasets.inspections.findings import InspectionFinding, InspectionSettings, Severity
from datasets.inspections.language import detect_language
from datasets.inspections.registry import inspect

__all__ = [
    "INVISIBLE_CHARACTER",
    "InspectionFinding",
    "InspectionSettings",
    "Severity",
    "detect_language",
    "inspect",
]
