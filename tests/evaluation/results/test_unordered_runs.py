"""Votes cast elsewhere: without a served order they are read once, whatever the order of lines."""

import tracemalloc
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from evaluation.results.actions import gates, vote_import
from evaluation.results.reports import build_report, report_as_json
from evaluation.results.vote_rows import VoteRow
from evaluation.runs.actions import answer_import
from evaluation.runs.actions.answer_plan import AnswerImport
from evaluation.runs.models import EvaluationRun
from evaluation.runs.rows import AnswerRow, ImportedAnswer
from evaluation.stats.verdicts import Contender, Verdict
from evaluation.voting.models import Vote
from reviewapp.core.errors import InvalidInput
from tests.factories.people import make_project
from tests.factories.runs import make_prompts, make_voting_run

pytestmark = pytest.mark.django_db
# Refunds are won 7 times of 19: first all wins, then all losses, they cross 40 % at the seventh.
REFUNDS = ["candidate"] * 7 + ["baseline"] * 12
RETURNS = ["candidate"] * 32 + ["tie_bad"] * 5 + ["baseline"] * 4
VOTED = [
    *(("refunds", verdict) for verdict in REFUNDS),
    *(("returns", verdict) for verdict in RETURNS),
]
RATERS = ("ann", "bob", "cy")


def answer_rows(*, served: bool = False) -> list[AnswerRow]:
    """A row for each example of VOTED, with answers whose lengths, times and costs differ."""
    rows = []
    prompts = make_prompts(len(VOTED), intents=("any",))
    for line, (prompt, (intent, _)) in enumerate(zip(prompts, VOTED, strict=True), start=1):
        object.__setattr__(prompt, "intent", intent)
        rows.append(
            AnswerRow(
                line=line,
                prompt=prompt,
                baseline=ImportedAnswer("Yes. " * (1 + line % 7), latency_ms=100 + 13 * line % 97),
                candidate=ImportedAnswer("Of course! " * (1 + line % 5), latency_ms=90 + line % 31),
                served=line if served else None,
            )
        )
    return rows


def vote_rows(raters: tuple[str, ...] = RATERS[:2]) -> list[VoteRow]:
    """The votes of these raters on every example; the last one always finds it a tie."""
    return [
        VoteRow(
            line=0,
            external_id=f"p{number:04d}",
            rater=rater,
            verdict=Verdict.TIE_GOOD if rater == raters[-1] and number % 3 == 0 else Verdict(word),
            left=list(Contender)[(number + len(rater)) % 2],
        )
        for number, (_, word) in enumerate(VOTED)
        for rater in raters
    ]


def make_imported_run(
    answers: list[AnswerRow], votes: list[VoteRow], *, votes_per_example: int | None
) -> EvaluationRun:
    """Import answers and votes in this order of lines."""
    numbered = [
        VoteRow(n, vote.external_id, vote.rater, vote.verdict, vote.left)
        for n, vote in enumerate(votes, start=1)
    ]
    plan = AnswerImport("imported", "house", "tuned", votes_per_example=votes_per_example)
    made = answer_import.import_answers(project=make_project(), plan=plan, rows=lambda: answers)
    assert vote_import.import_votes(run_id=made.run.pk, rows=numbered).created == len(votes)
    return EvaluationRun.objects.get(pk=made.run.pk)


def figures(run: EvaluationRun) -> dict[str, Any]:
    """What `win_rates --json` prints, without what names the run and tells the time."""
    found = report_as_json(gates.measure_gates(run_id=run.pk))
    del found["project"]
    for decision in found["decisions"]:
        del decision["at"]
    return found


@pytest.mark.parametrize("votes_per_example", [None, 1, 2])
def test_the_order_of_lines_changes_no_figure_of_imported_votes(
    votes_per_example: int | None,
) -> None:
    answers, votes = answer_rows(), vote_rows()
    first = figures(make_imported_run(answers, votes, votes_per_example=votes_per_example))
    assert first["counted"] == len(VOTED)
    for seed in (1, 2):
        mixed, cast = list(answers), list(votes)
        Random(seed).shuffle(mixed)  # noqa: S311 - repeatable on purpose.
        Random(seed).shuffle(cast)  # noqa: S311 - as above.
        assert figures(make_imported_run(mixed, cast, votes_per_example=votes_per_example)) == first


def test_no_crossing_is_kept_of_an_order_that_means_nothing() -> None:
    found = figures(make_imported_run(answer_rows(), vote_rows(), votes_per_example=None))
    states = {(gate["gate"], gate["subject"]): gate for gate in found["gates"]}
    refunds = states["no_intent_regresses", "refunds"]
    assert (refunds["state"], refunds["passed_at_example"]) == ("failed", None)
    returns = states["no_intent_regresses", "returns"]
    assert (returns["state"], returns["passed_at_example"]) == ("passed", None)
    assert "the interval over all 41 examples lies above 40 %" in returns["reason"]


def test_rows_that_say_how_they_were_served_keep_their_order_and_crossings() -> None:
    run = make_imported_run(answer_rows(served=True), vote_rows(RATERS), votes_per_example=2)
    assert run.order_from_file
    assert not run.is_unordered
    assert list(run.comparisons.values_list("external_id", flat=True)) == [
        f"p{number:04d}" for number in range(len(VOTED))
    ]
    states = {(gate.gate.value, gate.subject): gate for gate in build_report(run).gates}
    assert states["no_intent_regresses", "refunds"].passed_at_example == 7
    assert Vote.objects.filter(run=run, counted=False).count() == len(VOTED)


@pytest.mark.parametrize("wrong", [[1, 2, 4], [1, 2, 2], [1, 2, None]])
def test_a_served_order_with_gaps_is_refused(wrong: list[int | None]) -> None:
    rows = answer_rows()[:3]
    for row, place in zip(rows, wrong, strict=True):
        object.__setattr__(row, "served", place)
    plan = AnswerImport("imported", "house", "tuned")
    with pytest.raises(InvalidInput, match="3 is missing"):
        answer_import.import_answers(project=make_project(), plan=plan, rows=lambda: rows)


def many_votes(examples: int, raters: int) -> Iterator[VoteRow]:
    """Votes that exist only one at a time."""
    for rater in range(raters):
        for number in range(examples):
            yield VoteRow(
                1 + rater * examples + number, f"p{number:04d}", f"r{rater}", Verdict.CANDIDATE
            )


def test_memory_does_not_grow_with_the_votes_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "measure_gates", lambda **_: None)
    run = make_voting_run(examples=60, votes_per_example=None)
    vote_import.import_votes(run_id=run.pk, rows=many_votes(60, 5))
    peaks = []
    for raters in (30, 130):
        tracemalloc.start()
        vote_import.import_votes(run_id=run.pk, rows=many_votes(60, raters))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert Vote.objects.filter(run=run).count() == 60 * 130
    assert peaks[1] - peaks[0] < 100_000, "bytes for 6,000 more votes"
