"""Tables of curation: golden examples with revisions, findings, reviews; intents, policies."""

from datasets.curation.models.examples import (
    EditDraft,
    ExampleEvent,
    ExampleVisit,
    GoldenExample,
    Revision,
)
from datasets.curation.models.findings import Choice, Finding
from datasets.curation.models.library import Intent, Policy, SystemMessage
from datasets.curation.models.reviews import Review
from datasets.curation.models.search import ExampleText

__all__ = [
    "Choice",
    "EditDraft",
    "ExampleEvent",
    "ExampleText",
    "ExampleVisit",
    "Finding",
    "GoldenExample",
    "Intent",
    "Policy",
    "Review",
    "Revision",
    "SystemMessage",
]
