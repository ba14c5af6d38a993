"""Writes to golden examples: create, revise, mend, dismiss, retire, reopen, keep drafts."""

from datasets.curation.actions.drafts import StaleDraft, discard_draft, save_draft
from datasets.curation.actions.findings import dismiss_finding, mend_all_personal, mend_finding
from datasets.curation.actions.lives import REPORTED, reopen, report_broken, retire
from datasets.curation.actions.rows import content_of, settings_for
from datasets.curation.actions.writing import Origin, create_example, revise

__all__ = [
    "REPORTED",
    "Origin",
    "StaleDraft",
    "content_of",
    "create_example",
    "discard_draft",
    "dismiss_finding",
    "mend_all_personal",
    "mend_finding",
    "reopen",
    "report_broken",
    "retire",
    "revise",
    "save_draft",
    "settings_for",
]
