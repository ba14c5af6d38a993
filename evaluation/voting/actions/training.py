"""The training round of a run: gold checks with feedback, before the first comparison."""

import uuid

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from evaluation.runs.gold import agreed_choice
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import GoldCheck, Rater
from evaluation.stats.verdicts import Choice
from evaluation.voting.actions.gold_serving import draw_first_or_second
from evaluation.voting.actions.gold_votes import lock_gold_lease
from evaluation.voting.actions.locking import check_voting_open
from evaluation.voting.models import GoldLease
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.people.models import User


class TrainingNeeded(InvalidTransition):
    """The reviewer has not finished the training round of the run."""


def is_training_due(rater: Rater) -> bool:
    """Return whether the training round comes before the reviewer's first comparison."""
    run = rater.run
    is_open = run.state == RunState.VOTING
    return is_open and run.training_examples > 0 and training_left(rater).exists()


def check_trained(rater: Rater) -> None:
    """Check that a reviewer has finished the training round, if the run has one.

    Raises:
        TrainingNeeded: they have not.
    """
    if is_training_due(rater):
        raise TrainingNeeded(
            gettext("This run begins with a training round. Open it on its voting page first.")
        )


def training_left(rater: Rater) -> QuerySet[GoldCheck]:
    """Return the gold checks of the training round that the rater has not answered."""
    answered = rater.gold_leases.filter(state=GoldLease.State.VOTED, is_training=True)
    checks = GoldCheck.objects.filter(runs__run=rater.run_id, runs__is_training=True)
    usable = checks.filter(retired_at__isnull=True, source__erased_at__isnull=True)
    return usable.exclude(pk__in=answered.values("gold_check")).order_by("pk")


@transaction.atomic
def lease_training(rater: Rater) -> GoldLease | None:
    """Return the gold check to answer next, its side drawn once; None when all are answered."""
    Rater.objects.select_for_update(no_key=True).get(pk=rater.pk)
    check = training_left(rater).first()
    if check is None:
        return None
    found, _created = GoldLease.objects.get_or_create(
        run=rater.run,
        rater=rater,
        gold_check=check,
        is_training=True,
        state=GoldLease.State.LEASED,
        defaults={"left": draw_first_or_second()},
    )
    return found


@transaction.atomic
def answer_training(*, actor: User, lease_id: uuid.UUID, choice: str) -> GoldLease:
    """Store the choice on a gold check of the training round. Only the first choice counts.

    Raises:
        PermissionDeniedError: it is not theirs.
        InvalidInput: the choice is unknown.
        InvalidTransition: the run is not open.
    """
    if choice not in set(Choice):
        raise InvalidInput(gettext("Choose one of the four answers."))
    lease = lock_gold_lease(actor=actor, lease_id=lease_id, is_training=True)
    check_voting_open(lease.run)
    if lease.state == GoldLease.State.LEASED:
        lease.state, lease.choice, lease.ended_at = GoldLease.State.VOTED, choice, timezone.now()
        lease.is_right = choice == agreed_choice(lease.gold_check.expected, left=lease.left)
        lease.save(update_fields=["state", "choice", "ended_at", "is_right"])
    return lease
