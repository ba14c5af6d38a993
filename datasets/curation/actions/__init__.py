"""Actions on golden examples: create, revise, fix findings, dismiss, retire, reopen, drafts."""

from datasets.curation.actions.drafts import StaleDraft, discard_draft, save_draft
from datasets.curation.actions.findings import (
    dismiss_finding,
    replace_all_findings,
    replace_finding,
)
from datasets.curation.actions.retirement import REPORTED_BROKEN, reopen, report_broken, retire
from datasets.curation.actions.revision_storage import (
    content_of,
    findings_in,
    inspection_settings_for,
)
from datasets.curation.actions.revisions import Origin, create_example, revise
from datasets.curation.actions.splits import check_split, set_split

__all__ = [
    "REPORTED_BROKEN",
    "Origin",
    "StaleDraft",
    "check_split",
    "content_of",
    "create_example",
    "discard_draft",
    "dismiss_finding",
    "findings_in",
    "inspection_settings_for",
    "reopen",
    "replace_all_findings",
    "replace_finding",
    "report_broken",
    "retire",
    "revise",
    "save_draft",
    "set_split",
]
