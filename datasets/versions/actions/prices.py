"""Training prices that a lead sets, each with the day on which it was read."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from datasets.versions.models import TrainingPrice
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import Permission, require_permission

MAX_NAME_LENGTH = 100
MAX_EPOCHS = 50
MAX_PRICE = Decimal(100_000)


@dataclass(frozen=True)
class Price:
    """US dollars for a million training tokens of a base model, read on a day."""

    base_model: str
    usd_per_million_tokens: Decimal
    as_of: date
    epochs: int = 3


@transaction.atomic
def set_training_price(*, project: Project, price: Price, actor: User | None) -> TrainingPrice:
    """Add a price. The price read last counts for a base model; earlier ones are kept.

    `actor` None is the system (a command).

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidInput: the base model is missing, or a number or the date is not valid.
    """
    require_permission(actor, project, Permission.LEAD)
    _check_price(price)
    before = project.training_prices.filter(base_model=price.base_model.strip()).first()
    made = TrainingPrice.objects.create(
        project=project,
        base_model=price.base_model.strip(),
        usd_per_million_tokens=price.usd_per_million_tokens,
        epochs=price.epochs,
        as_of=price.as_of,
        set_by=actor,
    )
    ProjectEvent.objects.create(
        project=project,
        actor=actor,
        action="set_training_price",
        before=str(before or ""),
        after=str(made),
        detail={"base_model": made.base_model, "epochs": made.epochs},
    )
    return made


def _check_price(price: Price) -> None:
    if not 1 <= len(price.base_model.strip()) <= MAX_NAME_LENGTH:
        raise InvalidInput(
            message("versions.base_model", limit=MAX_NAME_LENGTH), field="base_model"
        )
    if not 0 <= price.usd_per_million_tokens < MAX_PRICE:
        raise InvalidInput(message("versions.price"), field="usd_per_million_tokens")
    if not 1 <= price.epochs <= MAX_EPOCHS:
        raise InvalidInput(message("versions.epochs", limit=MAX_EPOCHS), field="epochs")
    if price.as_of > timezone.localdate():
        raise InvalidInput(message("versions.price_day"), field="as_of")
