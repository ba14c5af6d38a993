"""What can be wrong with an example's wording, found without a person and without a database. Pure.

The codes are stable and described in `docs/findings.md`. An exact duplicate takes the database to
find, so the actions add that one.
"""

from datasets.inspections.characters import INVISIBLE_CHARACTER
from datasets.inspections.everything import inspect
from datasets.inspections.language import detect_language
from datasets.inspections.problems import InspectionFinding, InspectionSettings, Severity

__all__ = [
    "INVISIBLE_CHARACTER",
    "InspectionFinding",
    "InspectionSettings",
    "Severity",
    "detect_language",
    "inspect",
]
