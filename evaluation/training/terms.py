"""What a lead decides about a training."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from evaluation.training.models import Method
from evaluation.training.providers.kinds import DEFAULT


@dataclass(frozen=True)
class TrainingPlan:
    """A training that a lead wants to start.

    Attributes:
        version_id: of a frozen version of the project.
        base_url, api_key_name: of the provider's API; the key itself stays in the environment.
        base_model: as the provider calls it; also an earlier tuned model, which is continued.
        hyperparameters: by the provider's name; a missing one is left to the provider.
        suffix: part of the name that the provider gives the tuned model.
        preferences_id: of a set of preferences, for the method DPO.
        note: for people, shown in the audit trail.
    """

    version_id: int
    base_url: str
    api_key_name: str
    base_model: str
    provider: str = DEFAULT
    method: str = Method.SFT.value
    hyperparameters: Mapping[str, float | str] = field(default_factory=dict)
    seed: int | None = None
    suffix: str = ""
    note: str = ""
    preferences_id: int | None = None
