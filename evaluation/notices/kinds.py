"""The kinds of notifications about runs, promotions, trainings and base models."""

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from reviewapp.notifications.kinds import Kind
from reviewapp.people.models import Scope

VOTES_NEEDED = Kind(
    "votes_needed",
    pgettext_lazy("notification", "A run needs votes"),
    lambda slug, params: reverse("evaluation:vote", args=[slug, params["run"]]),
    "run.needs_votes",
    scope=Scope.VOTING,
)
GATE_CROSSED = Kind(
    "gate_crossed",
    pgettext_lazy("notification", "A gate was decided"),
    lambda slug, params: reverse("evaluation:run", args=[slug, params["run"]]),
    "run.gate_crossed",
    scope=Scope.RUNS,
)
SIGNATURE_NEEDED = Kind(
    "signature_needed",
    pgettext_lazy("notification", "A promotion waits for a signature"),
    lambda slug, params: reverse("evaluation:promotion", args=[slug, params["promotion"]]),
    "promotion.needs_signature",
    scope=Scope.RUNS,
)
TRAINING_ENDED = Kind(
    "training_ended",
    pgettext_lazy("notification", "A training ended"),
    lambda slug, params: reverse("evaluation:training_run", args=[slug, params["training"]]),
    "training.ended",
    scope=Scope.TRAININGS,
)
MODEL_RETIRES = Kind(
    "model_retires",
    pgettext_lazy("notification", "A base model is shut down soon"),
    lambda slug, _params: reverse("evaluation:shutdowns", args=[slug]),
    "model.retires",
    scope=Scope.TRAININGS,
)
KINDS = (VOTES_NEEDED, GATE_CROSSED, SIGNATURE_NEEDED, TRAINING_ENDED, MODEL_RETIRES)
