"""Tables of leases, votes and their events."""

import uuid
from typing import ClassVar, Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from evaluation.runs.models import Comparison, EvaluationRun, GoldCheck, Rater, RunCriterion
from evaluation.stats.verdicts import Choice, Contender, Verdict
from reviewapp.core.audit.models import AuditEvent

_SIDES = [contender.value for contender in Contender]

VERDICT_IS_ITS_CHOICE: Final = (
    Q(choice="both_good", verdict="tie_good")
    | Q(choice="both_bad", verdict="tie_bad")
    | Q(choice="left", left="candidate", verdict="candidate")
    | Q(choice="left", left="baseline", verdict="baseline")
    | Q(choice="right", left="candidate", verdict="baseline")
    | Q(choice="right", left="baseline", verdict="candidate")
)
"""The verdict is the choice with sides resolved, and nothing else: for constraints."""

_VALUES_VALID: Final = (
    Q(verdict__in=[verdict.value for verdict in Verdict])
    & (Q(left__isnull=True) | Q(left__in=_SIDES))
    & (Q(choice__isnull=True) | Q(choice__in=[choice.value for choice in Choice]))
)


class LeaseState(models.TextChoices):
    """What became of a lease; a live one is leased or voted."""

    LEASED = "leased", _("Leased")
    VOTED = "voted", _("Voted")
    SKIPPED = "skipped", _("Skipped")
    BROKEN = "broken", _("Reported as broken")
    EXPIRED = "expired", _("Expired")
    UNDONE = "undone", _("Vote undone")


_LIVE = [LeaseState.LEASED.value, LeaseState.VOTED.value]


class Lease(models.Model):
    """One comparison reserved for one rater, with the side drawn for it.

    A live lease (leased or voted) holds one of the comparison's numbered slots; the unique
    constraint on the slot is what keeps an example from getting more voters than it needs.
    `public_id` is all that a reviewer's browser ever learns of it.
    """

    State = LeaseState

    # Who was shown what, and on which side: never changed or deleted (docs/audit.md).
    fixed_columns: ClassVar[tuple[str, ...]] = (
        "public_id",
        "run",
        "comparison",
        "rater",
        "left",
        "leased_at",
    )

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="leases")
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="leases")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="leases")
    slot = models.PositiveSmallIntegerField()
    # Which model's answer was shown on the left.
    left = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=State, default=State.LEASED)
    leased_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["rater", "id"], name="lease_held_by_rater", condition=Q(state="leased")
            ),
            models.Index(
                fields=["run", "rater", "comparison"],
                name="lease_skipped_by_rater",
                condition=Q(state="skipped"),
            ),
            models.Index(
                fields=["rater"], name="lease_broken_by_rater", condition=Q(state="broken")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "slot"],
                name="lease_slot_unique",
                condition=Q(state__in=_LIVE),
            ),
            models.UniqueConstraint(
                fields=["comparison", "rater"],
                name="lease_unique_per_rater",
                condition=Q(state__in=_LIVE),
            ),
            models.CheckConstraint(
                name="lease_values_valid",
                condition=Q(
                    left__in=_SIDES,
                    state__in=LeaseState.values,
                ),
            ),
            models.CheckConstraint(name="lease_slot_positive", condition=Q(slot__gte=1)),
        ]

    def __str__(self) -> str:
        return f"Lease {self.public_id}"


class Vote(models.Model):
    """One rater's verdict on one comparison. What was clicked is what is stored.

    `choice` is null for votes that came as verdicts from elsewhere. A vote taken back keeps its
    row with `undone_at`; nothing else of a vote ever changes but the reasons given after it.
    """

    class Source(models.TextChoices):
        SCREEN = "screen", _("Voting page")
        API = "api", _("API")
        IMPORTED = "imported", _("Imported")
        DEMO = "demo", _("Demo")

    append_only: ClassVar[bool] = True
    # The runtime role may write these columns of a stored vote and no others.
    mutable_columns: ClassVar[tuple[str, ...]] = (
        "undone_at",
        "counted",
        "reasons",
        "rationale",
        "recognised",
    )

    # Run and comparison are indexed below.
    run = models.ForeignKey(
        EvaluationRun, on_delete=models.PROTECT, related_name="votes", db_index=False
    )
    comparison = models.ForeignKey(
        Comparison, on_delete=models.PROTECT, related_name="votes", db_index=False
    )
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="votes")
    lease = models.OneToOneField(Lease, null=True, on_delete=models.PROTECT, related_name="vote")
    choice = models.CharField(max_length=10, null=True)  # noqa: DJ001 null is "not clicked here"
    left = models.CharField(max_length=10, null=True)  # noqa: DJ001 null is "not known"
    verdict = models.CharField(max_length=10)
    # Whether it is among the votes that close its example.
    counted = models.BooleanField()
    source = models.CharField(max_length=10, choices=Source, default=Source.SCREEN)
    # {"left": ["wrong_policy"], "right": []} as given on the page, by side shown.
    reasons = models.JSONField(default=dict, blank=True)
    rationale = models.TextField(blank=True)
    recognised = models.BooleanField(default=False)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["run", "rater", "-at"], name="vote_by_rater"),
            models.Index(fields=["comparison"], name="vote_of_comparison"),
            # Everything that is counted by vote is counted in this index alone.
            models.Index(
                fields=["run", "rater", "left", "verdict", "source"],
                name="vote_current",
                condition=Q(undone_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["comparison", "rater"],
                name="vote_unique_per_rater",
                condition=Q(undone_at__isnull=True),
            ),
            models.CheckConstraint(
                name="vote_values_valid",
                condition=_VALUES_VALID,
            ),
            models.CheckConstraint(
                name="vote_verdict_is_its_choice",
                condition=Q(choice__isnull=True) | VERDICT_IS_ITS_CHOICE,
            ),
        ]

    def __str__(self) -> str:
        return f"Vote {self.pk}"


class CriterionVote(models.Model):
    """A rater's verdict on one criterion, given with the vote. Undoing the vote undoes it.

    A trigger holds it to the run and the sides of its vote.
    """

    append_only: ClassVar[bool] = True

    # The unique constraint below begins with the vote.
    vote = models.ForeignKey(
        Vote, on_delete=models.PROTECT, related_name="on_criteria", db_index=False
    )
    criterion = models.ForeignKey(RunCriterion, on_delete=models.PROTECT, related_name="votes")
    choice = models.CharField(max_length=10, null=True)  # noqa: DJ001 null is "not clicked here"
    left = models.CharField(max_length=10, null=True)  # noqa: DJ001 null is "not known"
    verdict = models.CharField(max_length=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vote", "criterion"], name="criterion_vote_once"),
            models.CheckConstraint(
                name="criterion_vote_values_valid",
                condition=_VALUES_VALID,
            ),
            models.CheckConstraint(
                name="criterion_vote_verdict_is_its_choice",
                condition=Q(choice__isnull=True) | VERDICT_IS_ITS_CHOICE,
            ),
        ]

    def __str__(self) -> str:
        return f"Vote {self.vote_id} on criterion {self.criterion_id}"


class GoldLease(models.Model):
    """A gold check given to a rater, with the side drawn for it and what they chose.

    It is no `Lease` and no `Vote`, so no figure of the run can count it. `public_id` looks like
    that of a lease, and the reviewer learns no other.
    """

    State = LeaseState

    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("public_id", "run", "rater", "gold_check", "is_training", "left", "after_position"),
        "leased_at",
    )

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="gold_leases")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="gold_leases")
    gold_check = models.ForeignKey(GoldCheck, on_delete=models.PROTECT, related_name="leases")
    is_training = models.BooleanField(default=False)
    # Which of the two texts was shown on the left: "first" or "second".
    left = models.CharField(max_length=6)
    # The position of the comparison leased before it, after which it is shown.
    after_position = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.LEASED)
    choice = models.CharField(max_length=10, blank=True)
    is_right = models.BooleanField(null=True)
    # {"tone": "left"}: choices on the run's criteria, which are asked here as everywhere. They are
    # kept to be shown after an undo, and count nowhere.
    on_criteria = models.JSONField(default=dict, blank=True, db_default={})
    reasons = models.JSONField(default=dict, blank=True)
    rationale = models.TextField(blank=True)
    recognised = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    leased_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["rater", "state"], name="gold_lease_of_rater")]
        constraints = [
            models.UniqueConstraint(
                fields=["rater", "gold_check"],
                name="gold_lease_unique_per_rater",
                condition=Q(state__in=_LIVE),
            ),
            models.CheckConstraint(
                name="gold_lease_values_valid",
                condition=Q(left__in=["first", "second"], state__in=LeaseState.values)
                & Q(choice__in=["", *[choice.value for choice in Choice]]),
            ),
            models.CheckConstraint(
                name="gold_lease_voted_has_choice",
                condition=~Q(state="voted") | (~Q(choice="") & Q(is_right__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"Lease {self.public_id}"

    @property
    def lease(self) -> "GoldLease":
        """Return itself: the page reads the id of a vote's lease."""
        return self


class VoteEvent(AuditEvent):
    """A change of a stored vote by its reviewer: taken back, or its reasons given or changed."""

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="vote_events")
    vote = models.ForeignKey(Vote, on_delete=models.PROTECT, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False
