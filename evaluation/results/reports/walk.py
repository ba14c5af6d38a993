"""Walking along the served order of a run: what is counted, read once and summed up.

Counted is the longest closed prefix, of the main queue and of each intent; what was set aside or
withdrawn is passed over. A full comparison is open, and so ends the prefix, while its last votes
can be undone (`voting/actions/settling.py`). In an unordered run (`is_unordered`) everything that
is closed counts, and all of it is summed up again when votes were added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, IntegerField, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from psycopg import sql

from evaluation.gates import GateSettings
from evaluation.results.models import RunTally
from evaluation.results.reports.criterion_sums import (
    CriterionSums,
    criteria_at_beginning,
    criterion_answers,
)
from evaluation.results.reports.lengths import length_sums
from evaluation.results.reports.sums import (
    FORMAT,
    CountedExample,
    QueueSums,
    RowSums,
    ScoreOrder,
    groups_from_json,
)
from evaluation.runs.models import Comparison, EvaluationRun, RunCriterion
from evaluation.runs.models.counts import CLOSING_COLUMNS, sum_of
from evaluation.stats.sequence import Scan
from evaluation.stats.tally import VerdictCounts
from evaluation.voting.models import Vote

_EVEN = 0.5
_END = 2**31 - 1
"""Beyond every position."""


@dataclass
class Walk:
    """Where the walk along a run's served order stands.

    Attributes:
        names: intent's id to its name.
        sizes: intent's id to its comparisons in any state; fixed when the run opens.
        main: the counted examples of the main queue.
        queue: what else is known of them.
        intents: intent's id to its counted examples.
        criteria: criterion's id to its counted examples, all within the main queue.
        criterion_keys: criterion's id to its code or own name, in the order of the run.
        votes: of an unordered run, the votes that were summed up.
        grown: whether there is anything that is not stored yet.
        has_order: whether there is a served order; an unordered run is read at once.
    """

    names: dict[int, str]
    sizes: dict[int, int]
    main: RowSums
    queue: QueueSums
    intents: dict[int, RowSums]
    criteria: dict[int, CriterionSums] = field(default_factory=dict)
    criterion_keys: dict[int, str] = field(default_factory=dict)
    votes: int = 0
    grown: bool = False
    has_order: bool = True


def complete_walk(run: EvaluationRun, settings: GateSettings) -> Walk | None:
    """Return the walk as it is stored, or None when there is more to store. Cheap either way."""
    walk = _stored(run, settings)
    return None if walk.grown or _has_more(run, walk) else walk


def walk_of(
    run: EvaluationRun, settings: GateSettings, *, length_sd: float, is_locked: bool = False
) -> Walk:
    """Return the walk up to now: what is stored, and what was counted since. Writes nothing.

    Args:
        settings: the run's, as frozen when it opened.
        length_sd: standard deviation of the length differences of the run's answers, 0 if unknown.
        is_locked: whether the caller has locked the run.
    """
    walk = _stored(run, settings)
    if is_locked:
        _catch_up(run, walk, settings, length_sd)
    elif _has_more(run, walk):
        with transaction.atomic():
            # Nobody removes a rater or imports votes between the statements that follow.
            EvaluationRun.objects.select_for_update(no_key=True, of=("self",)).get(pk=run.pk)
            walk = _stored(run, settings)
            _catch_up(run, walk, settings, length_sd)
    return walk


def _stored(run: EvaluationRun, settings: GateSettings) -> Walk:
    """Return the walk as it is stored, or at its beginning."""
    names = dict(run.intents.values_list("pk", "name"))
    criteria = list(run.criteria.order_by("position")) if run.criteria_count else []
    walk = _beginning(names, {}, criteria, settings)
    for row in RunTally.objects.filter(run=run, sums__format=FORMAT):
        sums = RowSums(
            intent_id=row.intent_id,
            scan=Scan.from_json(row.scan),
            through=row.through,
            crossed_at=row.crossed_at,
            groups=groups_from_json(row.sums["groups"]),
            order=ScoreOrder.from_json(row.sums.get("order", [])),
        )
        if row.intent_id is None:
            walk.main, walk.queue = sums, QueueSums.from_json(row.sums["queue"])
            walk.votes = row.sums["votes"]
            walk.sizes = {int(pk): size for pk, size in row.sums["sizes"].items()}
            for pk, found in row.sums.get("criteria", {}).items():
                walk.criteria[int(pk)] = CriterionSums.from_json(found)
        else:
            walk.intents[row.intent_id] = sums
    if not walk.sizes:
        walk = _beginning(names, _sizes(run), criteria, settings)
        walk.grown = True
    walk.criterion_keys = {criterion.pk: criterion.key for criterion in criteria}
    walk.has_order = not run.is_unordered
    return walk


def _beginning(
    names: dict[int, str],
    sizes: dict[int, int],
    criteria: Iterable[RunCriterion],
    settings: GateSettings,
) -> Walk:
    rows = {}
    tuned = sizes if settings.is_tuned else {}
    for pk, name in names.items():
        threshold = settings.threshold_of(name)
        # A watched intent has no line to cross; its evidence is still followed.
        line = _EVEN if threshold is None else threshold
        scan = Scan(
            line,
            settings.alpha,
            alarm_alpha=settings.alpha / len(names),
            set_size=tuned.get(pk),
        )
        rows[pk] = RowSums(pk, scan)
    set_size = sum(tuned.values()) or None
    main = RowSums(None, Scan(settings.t_overall, settings.alpha, set_size=set_size))
    asked = criteria_at_beginning(criteria, settings, set_size)
    return Walk(names, sizes=sizes, main=main, queue=QueueSums(), intents=rows, criteria=asked)


def _sizes(run: EvaluationRun) -> dict[int, int]:
    rows = run.comparisons.order_by().values_list("intent_id").annotate(examples=Count("*"))
    return dict(rows)


def _has_more(run: EvaluationRun, walk: Walk) -> bool:
    if run.is_unordered:
        return walk.votes != _votes(run)
    return bool(_main_rows(run, walk.main.through)[:1]) or bool(_intent_rows(run, walk.intents))


def _votes(run: EvaluationRun) -> int:
    """Return the number of votes that are not undone, without those on full, open comparisons."""
    waiting = run.comparisons.filter(state=Comparison.State.OPEN, full_at__isnull=False)
    undoable = waiting.aggregate(votes=Sum(sum_of(CLOSING_COLUMNS)))["votes"] or 0
    return Vote.objects.filter(run=run, undone_at__isnull=True).count() - undoable


def _catch_up(run: EvaluationRun, walk: Walk, settings: GateSettings, length_sd: float) -> None:
    if run.is_unordered:
        votes = _votes(run)
        if votes == walk.votes:
            return
        criteria = list(run.criteria.order_by("position")) if walk.criteria else []
        fresh = _beginning(walk.names, walk.sizes, criteria, settings)
        walk.main, walk.queue, walk.intents = fresh.main, fresh.queue, fresh.intents
        walk.criteria = fresh.criteria
        walk.votes, walk.grown = votes, True
    start = walk.main.through
    found = [_as_example(*row) for row in _main_rows(run, start)]
    walk.main.add(found, at_once=run.is_unordered)
    walk.queue.add_slices(found)
    if not run.all_votes:
        walk.queue.order.add(example.votes.score for example in found)
    if found:
        _add_votes(run, walk, after=start)
        _add_criteria(run, walk, after=start)
        walk.queue.length.add(
            length_sums(run, after=start, through=walk.main.through, sd=length_sd)
        )
    of_intents = _by_intent(_intent_rows(run, walk.intents))
    for intent_id, examples in of_intents.items():
        walk.intents[intent_id].add(examples, at_once=run.is_unordered)
        if not run.is_unordered:
            walk.intents[intent_id].order.add(example.votes.score for example in examples)
    walk.grown = walk.grown or bool(found or of_intents)


def _main_rows(run: EvaluationRun, through: int) -> Any:
    """Query the examples of the main queue that count and come after a position."""
    closed = run.comparisons.filter(state=Comparison.State.CLOSED, position__gt=through)
    if not run.is_unordered:
        open_ones = Comparison.objects.filter(run=run, state=Comparison.State.OPEN)
        # Ordered as the index of open comparisons is; by `position` it reads every closed one.
        first_open = Subquery(open_ones.order_by(F("position") + 0).values("position")[:1])
        end = Coalesce(first_open, Value(_END), output_field=IntegerField())
        closed = closed.filter(position__lt=end)
    columns = ("position", *CLOSING_COLUMNS, "closed_at", "language", "tags")
    return closed.order_by("position").values_list(*columns)


def _as_example(position: int, *columns: Any) -> CountedExample:
    *votes, closed_at, language, tags = columns
    return CountedExample(position, VerdictCounts(*votes), closed_at, language, tuple(tags))


# For each intent: where its walk stands, its first open example, and what is closed in between.
_INTENT_ROWS = """
SELECT t.intent_id, c.position, {counts}, c.closed_at
FROM unnest(%(intents)s::bigint[], %(through)s::int[]) AS t (intent_id, through)
CROSS JOIN LATERAL (
    SELECT min(o.position) AS position
    FROM evaluation_comparison o
    WHERE o.run_id = %(run)s AND o.intent_id = t.intent_id AND o.position > t.through
      AND o.state = 'open' AND NOT %(reads_once)s
) first_open
CROSS JOIN LATERAL (
    SELECT *
    FROM evaluation_comparison x
    WHERE x.run_id = %(run)s AND x.intent_id = t.intent_id AND x.position > t.through
      AND x.state = 'closed' AND x.position < coalesce(first_open.position, %(end)s)
) c
ORDER BY t.intent_id, c.position
"""
_OF_INTENTS = (
    sql.SQL(_INTENT_ROWS)
    .format(counts=sql.SQL(", ").join(sql.Identifier("c", name) for name in CLOSING_COLUMNS))
    .as_string()
)


def _intent_rows(run: EvaluationRun, intents: dict[int, RowSums]) -> list[Any]:
    """Return the examples that count in their intents and come after where each walk stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            _OF_INTENTS,
            {
                "run": run.pk,
                "intents": list(intents),
                "through": [row.through for row in intents.values()],
                "reads_once": run.is_unordered,
                "end": _END,
            },
        )
        return list(cursor.fetchall())


def _by_intent(rows: Iterable[Any]) -> dict[int, list[CountedExample]]:
    found: dict[int, list[CountedExample]] = defaultdict(list)
    for intent_id, position, *votes, closed_at in rows:
        found[intent_id].append(CountedExample(position, VerdictCounts(*votes), closed_at))
    return found


def _add_criteria(run: EvaluationRun, walk: Walk, *, after: int) -> None:
    """Add the answers on criteria of the examples that were counted after a position."""
    if not walk.criteria:
        return
    answers = criterion_answers(run, after=after, through=walk.main.through)
    for pk, sums in walk.criteria.items():
        sums.add(answers.get(pk, ()), at_once=run.is_unordered)


def _add_votes(run: EvaluationRun, walk: Walk, *, after: int) -> None:
    """Add the closing votes on the examples that were counted after a position."""
    votes = (
        Vote.objects.filter(
            run=run,
            counted=True,
            undone_at__isnull=True,
            comparison__state=Comparison.State.CLOSED,
            comparison__position__gt=after,
            comparison__position__lte=walk.main.through,
        )
        .order_by()
        .values_list("rater_id", "verdict", *(F(f"comparison__{name}") for name in CLOSING_COLUMNS))
        .annotate(examples=Count("*"))
    )
    for rater, verdict, *rest in votes:
        *counts, examples = rest
        walk.queue.add_vote(rater, VerdictCounts(*counts), verdict, examples)
