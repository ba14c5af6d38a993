"""Inspections of the content of an example. Pure.

`docs/findings.md` describes their codes, which are stable. Exact duplicates are found in the
database, so the actions of curation add that finding.
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
