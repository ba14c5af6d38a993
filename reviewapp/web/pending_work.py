"""A user's pending work in a project, and their work of the last seven days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from datasets.assignments.display import preferred_languages
from datasets.comments.unread import unread_mentions
from datasets.coverage.raw import raw_examples
from datasets.curation.filters import ExampleFilter, MineFilter
from datasets.curation.lifecycle import State
from datasets.curation.models import EditDraft, GoldenExample, Review, Revision
from evaluation.promotion.models import Promotion
from evaluation.promotion.permissions import sign_denied_reason
from evaluation.results.example_filter import Outcome, RunExampleFilter
from evaluation.results.reports.broken import undecided_broken
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun, Rater
from evaluation.runs.permissions import runs_hidden_from
from evaluation.runs.reviewer_title import reviewer_title
from evaluation.training.retirement.dates import near_shutdowns
from evaluation.training.schedules.models import Outcome as ScheduledOutcome
from evaluation.training.schedules.models import ScheduledTraining
from evaluation.voting.models import GoldLease, Vote
from evaluation.voting.progress import reviewer_progress
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission

RECENT_PERIOD = timedelta(days=7)


@dataclass(frozen=True)
class PendingWork:
    """One kind of pending work.

    Attributes:
        count: how many objects are pending.
        what: follows the number: "example to review", "examples to review".
        verb: the text of the button that starts the work.
        url: the address of the button.
    """

    count: int
    what: str
    verb: str
    url: str


@dataclass(frozen=True)
class RecentWork:
    """Numbers of what a user did in the last seven days."""

    revisions: int
    reviews: int
    votes: int


def pending_work_of(
    user: User, project: Project, permissions: frozenset[Permission]
) -> list[PendingWork]:
    """Return the user's kinds of pending work in the project, the most urgent first."""
    kinds = (
        _mentions(user, project),
        *(_votes(user, project) if Permission.VOTE in permissions else ()),
        *(_reviews(user, project, permissions) if Permission.REVIEW in permissions else ()),
        *(_edits(user, project) if Permission.CURATE in permissions else ()),
        *(_decisions(user, project) if Permission.LEAD in permissions else ()),
    )
    return [work for work in kinds if work.count]


def recent_work_of(user: User, project: Project) -> RecentWork:
    """Return the numbers of the user's work of the last seven days in the project."""
    since = timezone.now() - RECENT_PERIOD
    return RecentWork(
        revisions=Revision.objects.filter(
            example__project=project, author=user, created_at__gte=since
        )
        # An import stored these; the user did not write them.
        .exclude(number=1, example__batch__isnull=False)
        .count(),
        reviews=Review.objects.filter(
            revision__example__project=project, reviewer=user, at__gte=since
        ).count(),
        votes=Vote.objects.filter(
            rater__user=user, run__project=project, undone_at=None, at__gte=since
        ).count()
        # Reviewers do not know which of their votes are gold checks.
        + GoldLease.objects.filter(
            rater__user=user,
            run__project=project,
            state=GoldLease.State.VOTED,
            is_training=False,
            ended_at__gte=since,
        ).count(),
    )


def _votes(user: User, project: Project) -> Iterator[PendingWork]:
    raters = Rater.objects.filter(
        user=user, removed_at=None, run__project=project, run__paused=False
    ).filter(run__state=RunState.VOTING)
    for rater in raters.select_related("run").order_by("run__opened_at", "run_id"):
        number = reviewer_progress(rater).left
        yield PendingWork(
            count=number,
            what=ngettext(
                "comparison to vote on in %(run)s", "comparisons to vote on in %(run)s", number
            )
            % {"run": reviewer_title(rater.run)},
            verb=gettext("Vote"),
            url=reverse("evaluation:vote", args=[project.slug, rater.run_id]),
        )


def _mentions(user: User, project: Project) -> PendingWork:
    number = unread_mentions(user, project)
    return PendingWork(
        count=number,
        what=ngettext("mention of you in comments", "mentions of you in comments", number),
        verb=gettext("Answer"),
        url=reverse("datasets:mentions", args=[project.slug]),
    )


def _queue(project: Project, example_filter: ExampleFilter) -> str:
    return f"{reverse('datasets:queue', args=[project.slug])}?{example_filter.query}"


def _reviews(
    user: User, project: Project, permissions: frozenset[Permission]
) -> Iterator[PendingWork]:
    """Yield what waits for the user's review, in the languages with which their list opens."""
    languages = preferred_languages(user, project, permissions)
    waiting = ExampleFilter(mine=MineFilter.REVIEW, language=languages)
    examples = GoldenExample.objects.filter(project=project).matching(waiting, user=user)
    number = examples.order_by().count()
    yield PendingWork(
        count=number,
        what=ngettext("example to review", "examples to review", number),
        verb=gettext("Review"),
        url=_queue(project, waiting),
    )


def _edits(user: User, project: Project) -> Iterator[PendingWork]:
    examples = GoldenExample.objects.filter(project=project)
    yield _assigned(user, project)
    number = examples.returned_to(user).count()
    yield PendingWork(
        count=number,
        what=ngettext(
            "example that a reviewer sent back to you",
            "examples that a reviewer sent back to you",
            number,
        ),
        verb=gettext("Fix"),
        url=_queue(project, ExampleFilter(mine=MineFilter.FIX)),
    )
    yield from _reported(project)
    number = EditDraft.objects.filter(
        user=user, example__project=project, example__deleted_at=None
    ).count()
    yield PendingWork(
        count=number,
        what=ngettext(
            "example that you edited and have not saved",
            "examples that you edited and have not saved",
            number,
        ),
        verb=gettext("Go on"),
        url=_queue(project, ExampleFilter(state=State.DRAFT)),
    )
    yield _raw(user, project)
    number = examples.filter(state=State.DRAFT).count()
    yield PendingWork(
        count=number,
        what=ngettext("draft to curate and submit", "drafts to curate and submit", number),
        verb=gettext("Curate"),
        url=_queue(project, ExampleFilter(state=State.DRAFT)),
    )


def _assigned(user: User, project: Project) -> PendingWork:
    mine = ExampleFilter(mine=MineFilter.ASSIGNED)
    examples = GoldenExample.objects.filter(project=project).in_tab(mine, user=user)
    number = examples.order_by().count()
    return PendingWork(
        count=number,
        what=ngettext("example assigned to you", "examples assigned to you", number),
        verb=gettext("Curate"),
        url=_queue(project, mine),
    )


def _raw(user: User, project: Project) -> PendingWork:
    number = raw_examples(project, user).count()
    return PendingWork(
        count=number,
        what=ngettext("raw conversation to take", "raw conversations to take", number),
        verb=gettext("Curate next"),
        url=reverse("datasets:curate_next", args=[project.slug]),
    )


def _reported(project: Project) -> Iterator[PendingWork]:
    """Yield the examples that reviewers reported while voting and that were not revised since."""
    reported = Comparison.objects.filter(
        run__project=project,
        state=Comparison.State.SET_ASIDE,
        revision__example__state__in=[State.DRAFT, State.CHANGES_REQUESTED],
        revision__example__latest_number=F("revision__number"),
    )
    examples = sorted(set(reported.values_list("revision__example", flat=True)))
    if examples:
        number = len(examples)
        yield PendingWork(
            count=number,
            what=ngettext(
                "example that reviewers reported as broken while voting",
                "examples that reviewers reported as broken while voting",
                number,
            ),
            verb=gettext("Correct"),
            url=reverse("datasets:example", args=[project.slug, examples[0]]),
        )


def _decisions(user: User, project: Project) -> Iterator[PendingWork]:
    promotions = Promotion.objects.filter(project=project).pending()
    related = promotions.select_related("requested_by", "run", "project")
    number = sum(not sign_denied_reason(user, promotion) for promotion in related)
    yield PendingWork(
        count=number,
        what=ngettext(
            "promotion to sign as second lead", "promotions to sign as second lead", number
        ),
        verb=gettext("Read"),
        url=reverse("evaluation:promotions", args=[project.slug]),
    )
    yield from _prepared_trainings(project)
    yield _near_shutdowns(project)
    yield from _broken(user, project)
    open_runs = EvaluationRun.objects.filter(project=project)
    number = open_runs.exclude(state=RunState.CLOSED).count()
    yield PendingWork(
        count=number,
        what=ngettext("run under way", "runs under way", number),
        verb=gettext("See runs"),
        url=reverse("evaluation:runs", args=[project.slug]),
    )


def _prepared_trainings(project: Project) -> Iterator[PendingWork]:
    """Yield the trainings that schedules prepared and a lead has to start."""
    prepared = ScheduledTraining.objects.filter(
        schedule__project=project, outcome=ScheduledOutcome.PREPARED
    )
    ids = list(prepared.order_by("-due_at").values_list("pk", flat=True))
    set_up = reverse("evaluation:new_training", args=[project.slug])
    schedules = reverse("evaluation:training_schedules", args=[project.slug])
    yield PendingWork(
        count=len(ids),
        what=ngettext(
            "training that a schedule prepared", "trainings that schedules prepared", len(ids)
        ),
        verb=gettext("Check and start"),
        url=f"{set_up}?prepared={ids[0]}" if len(ids) == 1 else schedules,
    )


def _near_shutdowns(project: Project) -> PendingWork:
    """Return the base models of tuned models that are shut down within 60 days."""
    number = len(near_shutdowns(project))
    return PendingWork(
        count=number,
        what=ngettext(
            "base model that its provider shuts down within 60 days",
            "base models that their providers shut down within 60 days",
            number,
        ),
        verb=gettext("See the days"),
        url=reverse("evaluation:shutdowns", args=[project.slug]),
    )


def _broken(user: User, project: Project) -> Iterator[PendingWork]:
    """Yield the reports of broken examples, by run, that a lead has to decide on."""
    hidden = runs_hidden_from(user, project)
    runs = EvaluationRun.objects.filter(project=project, state=RunState.VOTING)
    found = {run.pk: run for run in runs.exclude(pk__in=hidden).order_by("pk")}
    wanted = RunExampleFilter(verdict=Outcome.SET_ASIDE)
    for run_id, number in sorted(undecided_broken(list(found)).items()):
        examples = reverse("evaluation:run_examples", args=[project.slug, run_id])
        yield PendingWork(
            count=number,
            what=ngettext(
                "example reported as broken in %(run)s",
                "examples reported as broken in %(run)s",
                number,
            )
            % {"run": found[run_id].name},
            verb=gettext("Decide"),
            url=f"{examples}?{wanted.query}",
        )
