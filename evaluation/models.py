"""The tables of the app's features, where Django looks for them. Code imports from the feature."""

from evaluation.adjudication import models as adjudication
from evaluation.batches import models as batches
from evaluation.judge import models as judge
from evaluation.preferences import models as preferences
from evaluation.promotion import models as promotion
from evaluation.registry import models as registry
from evaluation.results import models as results
from evaluation.runs import models as runs
from evaluation.service_reports import models as service_reports
from evaluation.shadow import models as shadow
from evaluation.training import models as training
from evaluation.training.bundle import models as bundles
from evaluation.training.local import models as local_training
from evaluation.training.preflights import models as training_preflights
from evaluation.training.retirement import models as training_retirement
from evaluation.training.schedules import models as training_schedules
from evaluation.training.windows import models as training_windows
from evaluation.voting import models as voting

__all__ = [
    "adjudication",
    "batches",
    "bundles",
    "judge",
    "local_training",
    "preferences",
    "promotion",
    "registry",
    "results",
    "runs",
    "service_reports",
    "shadow",
    "training",
    "training_preflights",
    "training_retirement",
    "training_schedules",
    "training_windows",
    "voting",
]
