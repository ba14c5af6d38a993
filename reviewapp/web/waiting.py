"""What waits for a person in a project, and what they did in the last week."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from datasets.curation.filters import ExampleFilter, Mine
from datasets.curation.lifecycle import State
from datasets.curation.models import EditDraft, GoldenExample, Review, Revision
from evaluation.promotion.models import Promotion
from evaluation.promotion.permissions import sign_refusal
from evaluation.runs.models import Comparison, EvaluationRun, Rater
from evaluation.voting.models import Vote
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Power

A_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """One kind of work that waits: how much of what, and the button that starts it."""

    count: int
    thing: str
    which: str
    verb: str
    url: str

    @property
    def what(self) -> str:
        """What follows the number: "example to review", "examples to review"."""
        return f"{self.thing}{'' if self.count == 1 else 's'} {self.which}"


@dataclass(frozen=True)
class Done:
    """What this person did in the last seven days."""

    revisions: int
    reviews: int
    votes: int


def waiting_for(user: User, project: Project, powers: frozenset[Power]) -> list[Waiting]:
    """Return what waits for this person here, most pressing first; nothing that is empty."""
    everything = (
        *(_votes(user, project) if Power.VOTE in powers else ()),
        *(_reviews(user, project) if Power.REVIEW in powers else ()),
        *(_edits(user, project) if Power.CURATE in powers else ()),
        *(_decisions(user, project) if Power.LEAD in powers else ()),
    )
    return [each for each in everything if each.count]


def done_by(user: User, project: Project) -> Done:
    """Count this person's work of the last seven days in the project."""
    since = timezone.now() - A_WEEK
    return Done(
        revisions=Revision.objects.filter(
            example__project=project, author=user, created_at__gte=since
        )
        # What an import stored, nobody wrote.
        .exclude(number=1, example__batch__isnull=False)
        .count(),
        reviews=Review.objects.filter(
            revision__example__project=project, reviewer=user, at__gte=since
        ).count(),
        votes=Vote.objects.filter(
            rater__user=user, run__project=project, undone_at=None, at__gte=since
        ).count(),
    )


def _votes(user: User, project: Project) -> Iterator[Waiting]:
    raters = Rater.objects.filter(
        user=user, removed_at=None, run__project=project, run__paused=False
    ).filter(run__state=EvaluationRun.State.VOTING)
    for rater in raters.select_related("run").order_by("run__opened_at", "run_id"):
        open_to_me = Comparison.objects.filter(run=rater.run, state=Comparison.State.OPEN)
        voted = Vote.objects.filter(rater=rater, undone_at=None).values("comparison")
        yield Waiting(
            count=open_to_me.exclude(pk__in=voted).count(),
            thing="comparison",
            which=f"to vote on in {rater.run.title or 'a run'}",
            verb="Vote",
            url=reverse("evaluation:vote", args=[project.slug, rater.run_id]),
        )


def _queue(project: Project, wanted: ExampleFilter) -> str:
    return f"{reverse('datasets:queue', args=[project.slug])}?{wanted.query}"


def _reviews(user: User, project: Project) -> Iterator[Waiting]:
    examples = GoldenExample.objects.filter(project=project).waiting_for_review_by(user)
    yield Waiting(
        count=examples.count(),
        thing="example",
        which="to review",
        verb="Review",
        url=_queue(project, ExampleFilter(mine=Mine.REVIEW)),
    )


def _edits(user: User, project: Project) -> Iterator[Waiting]:
    examples = GoldenExample.objects.filter(project=project)
    yield Waiting(
        count=examples.mine_to_fix(user).count(),
        thing="example",
        which="that a reviewer sent back to you",
        verb="Fix",
        url=_queue(project, ExampleFilter(mine=Mine.FIX)),
    )
    yield from _reported(project)
    yield Waiting(
        count=EditDraft.objects.filter(user=user, example__project=project).count(),
        thing="example",
        which="that you edited and have not saved",
        verb="Go on",
        url=_queue(project, ExampleFilter(state=State.DRAFT)),
    )
    yield Waiting(
        count=examples.filter(state=State.DRAFT).count(),
        thing="draft",
        which="to curate and submit",
        verb="Curate",
        url=_queue(project, ExampleFilter(state=State.DRAFT)),
    )


def _reported(project: Project) -> Iterator[Waiting]:
    """Golden examples that reviewers reported while voting and nobody has revised since."""
    reported = Comparison.objects.filter(
        run__project=project,
        state=Comparison.State.SET_ASIDE,
        revision__example__state__in=[State.DRAFT, State.CHANGES_REQUESTED],
        revision__example__latest_number=F("revision__number"),
    )
    examples = sorted(set(reported.values_list("revision__example", flat=True)))
    if examples:
        yield Waiting(
            count=len(examples),
            thing="example",
            which="that reviewers reported as broken while voting",
            verb="Correct",
            url=reverse("datasets:example", args=[project.slug, examples[0]]),
        )


def _decisions(user: User, project: Project) -> Iterator[Waiting]:
    promotions = Promotion.objects.filter(project=project).waiting()
    related = promotions.select_related("requested_by", "run", "project")
    yield Waiting(
        count=sum(not sign_refusal(user, each) for each in related),
        thing="promotion",
        which="to sign as second lead",
        verb="Read",
        url=reverse("evaluation:promotions", args=[project.slug]),
    )
    open_runs = EvaluationRun.objects.filter(project=project)
    yield Waiting(
        count=open_runs.exclude(state=EvaluationRun.State.CLOSED).count(),
        thing="run",
        which="under way",
        verb="See runs",
        url=reverse("evaluation:runs", args=[project.slug]),
    )
