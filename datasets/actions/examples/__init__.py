"""Writes to golden examples: create, revise, mend, dismiss, retire, reopen, keep drafts."""

from datasets.actions.examples.drafts import StaleDraft, discard_draft, save_draft
from datasets.actions.examples.findings import dismiss_finding, mend_all_personal, mend_finding
from datasets.actions.examples.lives import REPORTED, reopen, report_broken, retire
from datasets.actions.examples.rows import content_of, settings_for
from datasets.actions.examples.writing import Origin, create_example, revise

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
