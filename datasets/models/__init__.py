"""Everything the datasets app stores, split by noun and offered under one name."""

from datasets.models.batches import MAX_ATTEMPTS, ImportBatch, ImportDifference, ImportRejection
from datasets.models.examples import (
    EditDraft,
    ExampleEvent,
    Finding,
    GoldenExample,
    Review,
    Revision,
    Split,
)
from datasets.models.library import Intent, Policy
from datasets.models.people import (
    ApiToken,
    IdempotencyKey,
    Membership,
    Project,
    ProjectEvent,
    Role,
    Scope,
    User,
)
from datasets.models.versions import (
    DatasetFile,
    DatasetItem,
    DatasetVersion,
    TrainingPrice,
    VersionEvent,
)

__all__ = [
    "MAX_ATTEMPTS",
    "ApiToken",
    "DatasetFile",
    "DatasetItem",
    "DatasetVersion",
    "EditDraft",
    "ExampleEvent",
    "Finding",
    "GoldenExample",
    "IdempotencyKey",
    "ImportBatch",
    "ImportDifference",
    "ImportRejection",
    "Intent",
    "Membership",
    "Policy",
    "Project",
    "ProjectEvent",
    "Review",
    "Revision",
    "Role",
    "Scope",
    "Split",
    "TrainingPrice",
    "User",
    "VersionEvent",
]
