"""Open examples that hold back counting: which they are, why, and who could vote on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, Count, F, Min, Q, When
from django.db.models.functions import Now

from evaluation.results.reports.pace import closed_and_waiting
from evaluation.runs.models import Comparison, EvaluationRun, Rater
from evaluation.runs.reading import short_languages, unserved_in
from evaluation.voting.models import Lease, Vote
from reviewapp.core.formats import language_name
from reviewapp.core.messages import Message, message
from reviewapp.people.reading import languages_read

SHOWN: Final = 5
_STUCK: Final = frozenset({"unread", "unread_by_all", "all_voted", "voted_by_all", "skipped"})


@dataclass(frozen=True)
class Blocker:
    """An open example with closed ones behind it in served order, which do not count before it.

    Attributes:
        waiting: closed examples of its intent behind it.
        reason: why it is still open.
        is_stuck: whether it stays open until a lead or a reviewer does something about it.
        people: names of the reviewers who may vote on it.
    """

    comparison: Comparison
    waiting: int
    reason: Message
    is_stuck: bool
    people: tuple[str, ...]

    @property
    def after(self) -> int:
        """The position after which the list of examples begins with it."""
        return self.comparison.position - 1


@dataclass(frozen=True)
class UnreadLanguage:
    """A language in which examples wait that too few reviewers read.

    Attributes:
        code: of the language.
        unserved: its examples that nobody was served, so that they may be withdrawn.
    """

    code: str
    unserved: int

    @property
    def name(self) -> str:
        """The language in the language of the page."""
        return language_name(self.code)


@dataclass(frozen=True)
class HeldBack:
    """What holds back counting in a run.

    Attributes:
        waiting: closed examples behind the first open one.
        blockers: the first open example of each intent that holds back others, in served order.
        languages: those with examples that too few reviewers read.
    """

    waiting: int
    blockers: tuple[Blocker, ...]
    languages: tuple[UnreadLanguage, ...]

    @property
    def is_stuck(self) -> bool:
        """Whether one of them stays open by itself."""
        return any(blocker.is_stuck for blocker in self.blockers)


def held_back(run: EvaluationRun, *, left: int) -> HeldBack | None:
    """Return what holds back counting in an open run; None if nothing does.

    Args:
        left: examples of the set that are not counted yet.
    """
    waiting = closed_and_waiting(run, left=left)
    if not waiting:
        return None
    found = _first_open(run)[:SHOWN]
    if not found:
        return None
    leases, voted = _leases(run, found), _voted(run, found)
    raters = list(run.raters.filter(removed_at__isnull=True, user__isnull=False).order_by("name"))
    read = languages_read(run.project_id, [rater.user_id for rater in raters if rater.user_id])
    blockers = tuple(
        _blocker(
            comparison,
            waiting=behind,
            raters=[rater for rater in raters if (comparison.pk, rater.pk) not in voted],
            read=read,
            leases=leases[comparison.pk],
        )
        for comparison, behind in found
    )
    return HeldBack(waiting, blockers, tuple(unread_languages(run)))


def unread_languages(run: EvaluationRun) -> Iterable[UnreadLanguage]:
    """Yield the languages that too few reviewers read, with their unserved examples."""
    for short in short_languages(run):
        unserved = unserved_in(run, short.language, readers=short.readers).count()
        if unserved:
            yield UnreadLanguage(short.language, unserved)


def _first_open(run: EvaluationRun) -> list[tuple[Comparison, int]]:
    """Return the first open example of each intent with the closed ones behind it, if any.

    Intents that are not served any more are left out: they are decided.
    """
    open_ones = run.comparisons.filter(state=Comparison.State.OPEN)
    if run.overall_decided_at is not None:
        open_ones = open_ones.filter(intent__decided_at__isnull=True)
    rows = open_ones.order_by().values_list("intent_id").annotate(first=Min(F("position") + 0))
    first = dict(rows)
    if not first:
        return []
    place = Case(*(When(intent_id=pk, then=position) for pk, position in first.items()))
    closed = run.comparisons.filter(
        state=Comparison.State.CLOSED, position__gt=min(first.values()), intent_id__in=first
    )
    behind = dict(
        closed.annotate(place=place)
        .filter(position__gt=F("place"))
        .order_by()
        .values_list("intent_id")
        .annotate(n=Count("pk"))
    )
    # The first of all holds back the whole run, also where nothing of its own intent waits.
    held = {
        position: behind.get(pk, 0)
        for pk, position in first.items()
        if pk in behind or position == min(first.values())
    }
    comparisons = run.comparisons.filter(position__in=held).select_related("intent")
    return [
        (comparison, held[comparison.position]) for comparison in comparisons.order_by("position")
    ]


def _leases(
    run: EvaluationRun, found: Iterable[tuple[Comparison, int]]
) -> Mapping[int, list[Lease]]:
    held = Q(state=Lease.State.LEASED, expires_at__gt=Now())
    rows = Lease.objects.filter(held | Q(state=Lease.State.SKIPPED), run=run)
    by_comparison: dict[int, list[Lease]] = defaultdict(list)
    for lease in rows.filter(
        comparison__in=[comparison.pk for comparison, _held in found]
    ).order_by("pk"):
        by_comparison[lease.comparison_id].append(lease)
    return by_comparison


def _voted(run: EvaluationRun, found: Iterable[tuple[Comparison, int]]) -> set[tuple[int, int]]:
    votes = Vote.objects.filter(run=run, undone_at__isnull=True)
    rows = votes.filter(comparison__in=[comparison.pk for comparison, _held in found])
    return set(rows.values_list("comparison_id", "rater_id"))


def _blocker(
    comparison: Comparison,
    *,
    waiting: int,
    raters: list[Rater],
    read: Mapping[int, list[str]],
    leases: list[Lease],
) -> Blocker:
    """Return why an example is open.

    Args:
        comparison: the example.
        waiting: closed examples of its intent behind it.
        raters: those who have not voted on it.
        read: the languages of those who do not read all of them, by user.
        leases: held or skipped.
    """
    language = comparison.reading_language
    names = {
        rater.pk: rater.name
        for rater in raters
        if not language or language in read.get(rater.user_id or 0, [language])
    }
    missing = comparison.votes_needed - comparison.closing_votes
    found = [lease for lease in leases if lease.rater_id in names]
    of = {
        state: sorted({names[lease.rater_id] for lease in found if lease.state == state})
        for state in (Lease.State.LEASED, Lease.State.SKIPPED)
    }
    if missing > len(names):
        code = _too_few(len(names), of=len(raters))
        shown: dict[str, object] = {"language": language, "readers": len(names)}
    elif missing <= 0:
        code, shown = "undoable", {}
    elif of[Lease.State.LEASED]:
        code, shown = "on_page", {"people": of[Lease.State.LEASED]}
    elif of[Lease.State.SKIPPED]:
        code, shown = "skipped", {"people": of[Lease.State.SKIPPED]}
    else:
        code, shown = "next", {}
    reason = message(f"results.holds.{code}", n=missing, **shown)
    return Blocker(comparison, waiting, reason, code in _STUCK, tuple(names.values()))


def _too_few(readers: int, *, of: int) -> str:
    """Return the code for too few who may vote: a language, or everybody has voted."""
    if readers < of:
        return "unread" if readers else "unread_by_all"
    return "all_voted" if readers else "voted_by_all"
