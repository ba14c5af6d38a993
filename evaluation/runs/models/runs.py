"""Evaluation runs: which models are compared over which prompts, and who votes."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _

from datasets.conversations.texts import SPLIT_LABELS
from datasets.curation.models import Revision
from datasets.versions.models import DatasetVersion
from evaluation.registry.models import ModelVersion
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models.counts import (
    ALL_COLUMNS,
    EXCLUDED_STATES,
    ComparisonState,
    CountedVotes,
    closed_when_full,
    sum_of,
)
from evaluation.runs.texts import RUN_STATE_LABELS
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.db.constraints import known_choice
from reviewapp.people.models import Project, User


class EvaluationRun(models.Model):
    """One comparison of a candidate with a baseline over one set of prompts.

    What decides (gate settings, votes for each example, order, raters) is frozen at opening.
    """

    class Origin(models.TextChoices):
        GENERATED = "generated", _("Answers generated here")
        IMPORTED = "imported", _("Answers imported")

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="runs")
    name = models.CharField(max_length=120)
    # What reviewers see instead of the name, which may tell the models.
    title = models.CharField(max_length=120, blank=True)
    candidate = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    baseline = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.GENERATED)
    dataset_version = models.ForeignKey(
        DatasetVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    split = models.CharField(max_length=12, choices=SPLIT_LABELS, blank=True)
    prompt_file = models.CharField(max_length=255, blank=True)
    # SHA-256 over the prompts: "run 3 on this set".
    prompts_digest = models.CharField(max_length=64, blank=True)
    # {"temperature": 0.2, "max_tokens": 400, "seed": 1, "system": "..."}
    sampling = models.JSONField(default=dict)
    # evaluation.gates.GateSettings as JSON.
    gate_settings = models.JSONField(default=dict)
    votes_per_example = models.PositiveSmallIntegerField(default=1)
    overlap_percent = models.PositiveSmallIntegerField(default=20)
    overlap_votes = models.PositiveSmallIntegerField(default=3)
    # Percent of what a reviewer is served that are gold checks, and those of the training round.
    gold_percent = models.PositiveSmallIntegerField(default=0)
    training_examples = models.PositiveSmallIntegerField(default=0)
    # How many criteria are asked after the overall choice (`criteria`); of 0 nothing is read.
    criteria_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    # An unordered run: every example closes with all the votes imported for it.
    all_votes = models.BooleanField(default=False)
    # The rows of the answers said in which order they were served; votes follow that order.
    order_from_file = models.BooleanField(default=False)
    # Votes were imported without the order in which they were served.
    unordered_votes = models.BooleanField(default=False)
    order_seed = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12, choices=RUN_STATE_LABELS, default=RunState.DRAFT.value)
    paused = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)
    # Set when the overall gates are decided: from then on only undecided intents are served.
    overall_decided_at = models.DateTimeField(null=True, blank=True)
    # Only agreement is open on the whole run: what several reviewers vote on is served first.
    shared_first = models.BooleanField(default=False, db_default=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # From here on the lead has shown which model was which.
    revealed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("project", "-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="run_name_unique"),
            known_choice("run_state_known", "state", RunState),
            models.CheckConstraint(
                name="run_compares_two_models", condition=~Q(candidate=F("baseline"))
            ),
            models.CheckConstraint(
                name="run_votes_positive",
                condition=Q(votes_per_example__gt=0, overlap_votes__gte=F("votes_per_example")),
            ),
            models.CheckConstraint(
                name="run_order_consistent",
                condition=Q(order_from_file=False) | Q(all_votes=False, unordered_votes=False),
            ),
            models.CheckConstraint(
                name="run_revealed_after_closing",
                condition=Q(revealed_at__isnull=True) | Q(state="closed"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_answers(self) -> bool:
        """Whether its answers were there before it was set up, so that no model is asked."""
        return self.origin == self.Origin.IMPORTED

    @property
    def is_unordered(self) -> bool:
        """Whether it has no served order, so that all closed examples count at once."""
        return self.all_votes or self.unordered_votes


class RunIntent(models.Model):
    """An intent of a run: gated or only watched, with its threshold. A group counts as one."""

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="intents")
    # The name of the intent, or of the group that small intents were merged into.
    name = models.CharField(max_length=100)
    members = ArrayField(models.CharField(max_length=100), default=list)
    gated = models.BooleanField(default=True)
    threshold = models.DecimalField(max_digits=4, decimal_places=3, null=True, blank=True)
    traffic_weight = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("run", "name")
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="run_intent_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class RemovalRule(models.TextChoices):
    """The rules by which a rater may be removed: none asks which model the rater preferred.

    Removing raters because they voted against a candidate would decide the comparison.
    """

    FAVOURS_A_SIDE = "favours_a_side", _("Prefers one side of the screen whatever is shown there")
    TOO_FAST = "too_fast", _("Votes faster than the answers can be read")
    KNEW_THE_MODELS = "knew_the_models", _("Knew which model wrote which answer")
    NOT_A_REVIEWER = "not_a_reviewer", _("Should not have voted in this run")
    OWN_REQUEST = "own_request", _("Asked to be taken out")


class Rater(models.Model):
    """A reviewer of a run: a member of the project, or a name from imported votes."""

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="raters")
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="raters"
    )
    name = models.CharField(max_length=150)
    # When the rater was added to the open run; null for those it opened with.
    added_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removal_rule = models.CharField(max_length=20, choices=RemovalRule, blank=True)
    removal_reason = models.CharField(
        max_length=200, blank=True, help_text="what a lead observed, in their own words"
    )

    class Meta:
        ordering = ("run", "name")
        constraints = [
            models.UniqueConstraint(fields=["run", "user"], name="rater_unique_per_run"),
            models.UniqueConstraint(fields=["run", "name"], name="rater_name_unique_in_run"),
            models.CheckConstraint(
                name="rater_removal_has_rule_and_reason",
                condition=Q(removed_at__isnull=True)
                | (~Q(removal_rule="") & ~Q(removal_reason="")),
            ),
            known_choice("rater_removal_rule_known", "removal_rule", ["", *RemovalRule]),
        ]

    def __str__(self) -> str:
        return self.name


class Comparison(CountedVotes):
    """Two answers to one prompt or conversation: the example that is voted on and counted.

    `position` is the served order. The counts of its votes change with the votes, in the same
    transaction (`evaluation/voting/actions/counts.py`).
    """

    # What was asked, and its place in the served order.
    fixed_columns: ClassVar[tuple[str, ...]] = (
        *("run", "public_id", "position", "intent_name", "revision", "external_id"),
        *("prompt", "language", "reading_language", "tags", "policies"),
    )

    State = ComparisonState

    # No index of its own: those that begin with the run keep its order, and the planner must not
    # have another way to the comparisons of a run than in served order (docs/voting.md).
    run = models.ForeignKey(
        EvaluationRun, on_delete=models.PROTECT, related_name="comparisons", db_index=False
    )
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    position = models.PositiveIntegerField()
    intent = models.ForeignKey(RunIntent, on_delete=models.PROTECT, related_name="comparisons")
    # The intent as the prompt has it, also when it is counted in a group.
    intent_name = models.CharField(max_length=100, blank=True)
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="comparisons"
    )
    external_id = models.CharField(max_length=200, blank=True)
    # The messages both models were asked with; no answer in it.
    prompt = models.JSONField()
    language = models.CharField(max_length=12, blank=True)
    # The language that its reviewers must read, without region: as stated, or detected where
    # nothing is stated; empty if unknown, then it is served to everyone.
    reading_language = models.CharField(max_length=12, blank=True, db_default="")
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    policies = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    votes_needed = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    first_served_at = models.DateTimeField(null=True, blank=True)
    # When it got the last vote that it needs; it closes later, when that can no longer be undone
    # (evaluation/voting/actions/settling.py).
    full_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # When its prompt or an answer was erased (docs/erasure.md); its votes stay counted.
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("run", "position")
        indexes = [
            # Only this index serves the order of a claim. By `position` itself the planner may
            # keep a plan on the unique index below, which reads every closed comparison first.
            models.Index(
                F("run"),
                F("position") + 0,
                name="comparison_servable",
                condition=Q(state="open"),
            ),
            models.Index(fields=["run", "intent", "position"], name="comparison_intent_order"),
            # What waits for its time to undo to pass: a few rows.
            models.Index(
                fields=["full_at"],
                name="comparison_full",
                condition=Q(state="open", full_at__isnull=False),
            ),
            models.Index(
                fields=["run", "intent", "state"],
                name="comparison_excluded",
                condition=Q(state__in=EXCLUDED_STATES),
            ),
            # Agreement is calculated from this index alone.
            models.Index(
                fields=["run", *ALL_COLUMNS],
                name="comparison_shared",
                condition=Q(GreaterThan(sum_of(ALL_COLUMNS), 1)),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="comparison_position_unique"),
            models.UniqueConstraint(
                fields=["run", "external_id"],
                name="comparison_external_id_unique",
                condition=~Q(external_id=""),
            ),
            known_choice("comparison_state_known", "state", ComparisonState),
            models.CheckConstraint(
                name="comparison_closed_when_full", condition=closed_when_full()
            ),
            models.CheckConstraint(
                name="comparison_withdrawn_before_served",
                condition=~Q(state="withdrawn") | Q(first_served_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Comparison {self.public_id}"


class RunEvent(AuditEvent):
    """A change of a run: created, opened, paused, closed, revealed, a rater removed."""

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False
