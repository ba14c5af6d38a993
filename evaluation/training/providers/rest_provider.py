"""What the REST services of trainings have in common; each module of one says what differs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from evaluation.providers import openai as chat
from evaluation.providers.base import strip_unstorable
from evaluation.training.providers.base import (
    Estimate,
    Figures,
    Hyperparameter,
    JobStatus,
    Plan,
    ProviderDefaults,
    Service,
)

EPOCHS = "epochs"
CODE_LENGTH, TEXT_LENGTH = 80, 2_000


class RestTraining(ProviderDefaults):
    """A service of trainings with an interface of its own, whose models are asked as OpenAI's.

    Attributes:
        statuses: what the states of a job mean.
        epochs_name: its name of the number of epochs.
        assumed_epochs: where that is left to the service.
    """

    statuses: ClassVar[dict[str, JobStatus]] = {}
    hyperparameters: tuple[Hyperparameter, ...] = ()
    epochs_name = EPOCHS
    assumed_epochs = 1
    max_seed = 0

    def estimate(self, plan: Plan) -> Estimate:
        """Return the tokens of the training file, as often as it is read."""
        given = plan.number(self.epochs_name)
        epochs = int(given or self.assumed_epochs)
        tokens = sum(file.tokens for file in plan.files if file.split == "train")
        return Estimate(tokens * epochs, epochs, is_epochs_assumed=given is None)

    def model_kind(self, service: Service) -> str:
        """Return the kind by which a tuned model is asked."""
        return chat.COMPATIBLE.kind

    def figures_of(self, content: bytes) -> list[Figures]:
        """Return nothing: there are no result files."""
        return []

    def result(self, service: Service, file_id: str) -> bytes:
        """Raise: there are no result files."""
        raise NotImplementedError

    def pause(self, service: Service, job_id: str) -> None:
        """Raise: jobs cannot be paused."""
        raise NotImplementedError


def clean(text: object, length: int = TEXT_LENGTH) -> str:
    """Return a text of a service as it can be stored; empty for None."""
    return strip_unstorable("" if text is None else str(text))[:length]


def moment(value: Any) -> datetime | None:
    """Return a time that is given as text (ISO 8601) or in seconds; None for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def whole(value: Any) -> int | None:
    """Return a count, which some services write as text; None for anything else."""
    try:
        found = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if 0 <= found < 2**63 else None
