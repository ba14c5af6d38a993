"""Tables of curation: golden examples with revisions, findings, reviews; intents; policies."""

from datasets.curation.models.examples import (
    EditDraft,
    ExampleEvent,
    Finding,
    GoldenExample,
    Review,
    Revision,
)
from datasets.curation.models.library import Intent, Policy

__all__ = [
    "EditDraft",
    "ExampleEvent",
    "Finding",
    "GoldenExample",
    "Intent",
    "Policy",
    "Review",
    "Revision",
]
