"""Inspections of the content of an example. Pure.

`docs/findings.md` describes their codes, which are stable. Exact duplicates are found in the
database, so the actions of curation add that finding. `registry.inspect` runs all inspections;
what they are made of is large, so only modules that inspect import it.
"""

from datasets.inspections.findings import InspectionFinding, InspectionSettings, Severity

__all__ = ["InspectionFinding", "InspectionSettings", "Severity"]
