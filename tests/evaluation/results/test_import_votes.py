"""manage.py import_votes: rows in, votes with their raters out, counts that agree."""

import gzip
import io
import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from datasets.conversations.errors import RowError
from evaluation.results.reports import build_report
from evaluation.results.reports.wording import run_notes
from evaluation.results.vote_rows import read_votes
from evaluation.runs.actions import answer_import
from evaluation.runs.actions.answer_plan import AnswerImport
from evaluation.runs.criteria import CriterionTerms
from evaluation.runs.models import Comparison, EvaluationRun, Rater, RunEvent
from evaluation.runs.rows import read_answers
from evaluation.voting.actions import leases, votes
from evaluation.voting.models import CriterionVote, Vote
from tests.factories.people import make_project
from tests.factories.runs import make_voting_run
from tests.factories.voting import make_small_run
from tests.reference import write_vote_import

pytestmark = pytest.mark.django_db


def import_rows(
    tmp_path: Path, run: EvaluationRun, rows: list[Any], *options: str
) -> dict[str, Any]:
    """Write the rows, import them, return what the command printed."""
    file = tmp_path / "votes.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    file.write_text("\n".join(lines), encoding="utf-8")
    out = StringIO()
    call_command("import_votes", file, "--run", run.name, "--json", *options, stdout=out)
    return dict(json.loads(out.getvalue()))


def row(key: str, rater: str, verdict: str, **more: object) -> dict[str, object]:
    """A line of a votes file."""
    return {"id": key, "rater": rater, "verdict": verdict, **more}


@pytest.fixture
def run() -> EvaluationRun:
    """A run for imported votes, with four examples: p0000 to p0003."""
    return make_voting_run(examples=4, votes_per_example=None)


def test_all_imported_votes_close_a_comparison(run: EvaluationRun, tmp_path: Path) -> None:
    verdicts = ["candidate", "candidate", "baseline"]
    report = import_rows(
        tmp_path, run, [row("p0000", f"r{i}", word) for i, word in enumerate(verdicts)]
    )
    assert {key: report[key] for key in ("read", "created", "unchanged", "rejected", "votes")} == {
        "read": 3,
        "created": 3,
        "unchanged": 0,
        "rejected": 0,
        "votes": 3,
    }
    comparison = run.comparisons.get(external_id="p0000")
    assert comparison.state == Comparison.State.CLOSED
    assert (comparison.closing_candidate, comparison.closing_baseline) == (2, 1)
    assert (comparison.all_candidate, comparison.all_baseline) == (2, 1)
    assert run.comparisons.filter(state="open").count() == 3
    assert RunEvent.objects.filter(run=run, action="import_votes").count() == 1


def test_a_second_file_adds_to_the_votes_of_a_closed_comparison(
    run: EvaluationRun, tmp_path: Path
) -> None:
    import_rows(tmp_path, run, [row("p0000", "r1", "candidate")])
    import_rows(tmp_path, run, [row("p0000", "r2", "tie_good"), row("p0000", "r3", "tie_bad")])
    comparison = run.comparisons.get(external_id="p0000")
    assert comparison.closing_votes == 3
    assert Vote.objects.filter(counted=True).count() == 3


def test_the_same_file_twice_changes_nothing(run: EvaluationRun, tmp_path: Path) -> None:
    rows = [row("p0000", "r1", "candidate"), row("p0000", "r1", "candidate", left="baseline")]
    assert import_rows(tmp_path, run, rows)["unchanged"] == 1
    again = import_rows(tmp_path, run, rows)
    assert (again["created"], again["unchanged"], again["votes"]) == (0, 2, 1)


def test_a_different_second_vote_is_rejected(run: EvaluationRun, tmp_path: Path) -> None:
    report = import_rows(
        tmp_path, run, [row("p0000", "r1", "candidate"), row("p0000", "r1", "tie_good")]
    )
    assert (report["created"], report["rejected"]) == (1, 1)
    (error,) = report["errors"]
    assert (error["line"], error["code"]) == (2, "vote_differs")
    assert Vote.objects.get().verdict == "candidate"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row("p0000", "r1", "tie"), "verdict_unknown"),
        (row("p0000", "r1", "Candidate"), "verdict_unknown"),
        ({"id": "p0000", "rater": "r1"}, "verdict_unknown"),
        (row("p0099", "r1", "candidate"), "id_unknown"),
        (row("", "r1", "candidate"), "no_id"),
        (row("p0000", " ", "candidate"), "no_rater"),
        (row("p0000", "r1", "candidate", left="right"), "left_unknown"),
        (row("p0000", "r1", "candidate", at="yesterday"), "at_malformed"),
        (row("p0000", "r1", "candidate", at=17), "at_malformed"),
        (row("p0000", "r1", "candidate", at="0001-01-01T00:00:00+01:00"), "at_malformed"),
        (row("p0000", "r1", "candidate", at="9999-12-31T23:59:59-01:00"), "at_malformed"),
        (row("p0000", "r1", "candidate", rationale=["x"]), "rationale_malformed"),
        ("garbage", "not_json"),
        ("[1]", "not_an_object"),
    ],
)
def test_a_bad_row_is_reported_and_stops_nothing(
    run: EvaluationRun, tmp_path: Path, bad: object, code: str
) -> None:
    good = row("p0001", "r1", "baseline", left="candidate", at="2026-05-12T09:30:00Z")
    report = import_rows(tmp_path, run, [bad, good])
    assert (report["read"], report["created"], report["rejected"]) == (2, 1, 1)
    assert (report["errors"][0]["line"], report["errors"][0]["code"]) == (1, code)
    vote = Vote.objects.get()
    assert (vote.verdict, vote.left, vote.choice) == ("baseline", "candidate", None)
    assert vote.at.isoformat() == "2026-05-12T09:30:00+00:00"


def test_strict_ends_with_an_error_after_taking_the_good_rows(
    run: EvaluationRun, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match="1"):
        import_rows(tmp_path, run, ["x", row("p0001", "r1", "candidate")], "--strict")
    assert Vote.objects.count() == 1


def test_all_votes_count_where_the_order_of_the_file_means_nothing(tmp_path: Path) -> None:
    run, _people = make_small_run(reviewers=2, votes=2)
    import_rows(tmp_path, run, [row("p0000", f"r{i}", "baseline") for i in range(3)])
    comparison = run.comparisons.get(external_id="p0000")
    assert (comparison.state, comparison.closing_baseline, comparison.all_baseline) == (
        "closed",
        3,
        3,
    )
    assert set(Vote.objects.values_list("counted", flat=True)) == {True}
    run.refresh_from_db()
    assert run.is_unordered


def test_imported_votes_leave_reviewers_only_the_places_that_are_left(tmp_path: Path) -> None:
    run, (ann, bob) = make_small_run(reviewers=2, examples=1, votes=2)
    (held,) = leases.lease_comparisons(run_id=run.pk, actor=ann)
    import_rows(tmp_path, run, [row("p0000", "r1", "candidate")])
    assert leases.lease_comparisons(run_id=run.pk, actor=bob) == []
    votes.cast_and_lease(actor=ann, lease_id=held.public_id, choice="both_good")
    assert run.comparisons.get().state == "closed"


def test_nobody_votes_in_the_name_of_a_reviewer(tmp_path: Path) -> None:
    run, _people = make_small_run()
    name = run.raters.values_list("name", flat=True)[0]
    report = import_rows(tmp_path, run, [row("p0000", name, "candidate")])
    assert report["errors"][0]["code"] == "rater_votes_here"


def test_raters_are_kept_by_name_and_cannot_sign_in(run: EvaluationRun, tmp_path: Path) -> None:
    import_rows(tmp_path, run, [row("p0000", "annotator1", "candidate")])
    assert Rater.objects.get(run=run).user is None


def test_one_person_in_several_spellings_is_one_rater(run: EvaluationRun, tmp_path: Path) -> None:
    spellings = ["J\u00f6rg Maier", "jo\u0308rg  maier ", "J\u00d6RG MAIER"]
    rows = [row("p0000", name, "candidate") for name in spellings]
    report = import_rows(tmp_path, run, [*rows, row("p0001", "jo\u0308rg maier", "baseline")])
    assert (report["created"], report["unchanged"], report["rejected"]) == (2, 2, 0)
    assert [rater.name for rater in run.raters.all()] == ["J\u00f6rg Maier"]
    again = import_rows(tmp_path, run, [row("p0001", "JO\u0308RG MAIER", "candidate")])
    assert again["errors"][0]["code"] == "vote_differs"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"\xff\xfe", "UTF-8"),
        (b"a,b\n1,2", "not JSON lines"),
        (b"\xe9", "UTF-8"),
        (gzip.compress(b"{}", mtime=0), "compressed with gzip"),
    ],
)
def test_an_unreadable_file_is_one_sentence_and_writes_nothing(
    run: EvaluationRun, tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "votes.jsonl"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        call_command("import_votes", file, "--run", run.name)
    with pytest.raises(CommandError, match="folder"):
        call_command("import_votes", tmp_path, "--run", run.name)
    assert not Vote.objects.exists()


def test_the_run_is_found_by_name_and_project(run: EvaluationRun, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no run"):
        call_command("import_votes", tmp_path / "x", "--run", "nobody")
    make_voting_run(examples=4, name=run.name)
    with pytest.raises(CommandError, match="--project"):
        import_rows(tmp_path, run, [row("p0000", "r1", "candidate")])
    report = import_rows(
        tmp_path, run, [row("p0000", "r1", "candidate")], "--project", run.project.slug
    )
    assert report["created"] == 1


@pytest.mark.parametrize(
    ("name", "examples", "cast"),
    [("bloom-7b_llama-7b", 111, 333), ("cerebras-gpt-6.7B_llama-7b", 110, 330)],
)
def test_the_counts_of_real_votes_are_those_of_their_file(
    name: str, examples: int, cast: int, tmp_path: Path
) -> None:
    answers, file = write_vote_import(tmp_path, name)
    plan = AnswerImport(run=name, baseline="base", candidate="tuned", votes_per_example=None)
    answer_import.import_answers(
        project=make_project(),
        plan=plan,
        rows=lambda: read_answers(io.BytesIO(answers.read_bytes())),
    )
    out = StringIO()
    call_command("import_votes", file, "--run", name, "--json", stdout=out, stderr=StringIO())
    report = json.loads(out.getvalue())
    assert (report["read"], report["created"], report["votes"]) == (cast, cast, cast)
    run = EvaluationRun.objects.get(name=name)
    closed = run.comparisons.filter(state="closed", all_candidate=F("closing_candidate"))
    assert closed.count() == examples
    told: dict[str, Counter[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        told.setdefault(found["id"], Counter())[found["verdict"]] += 1
    for comparison in run.comparisons.all():
        counted = told[comparison.external_id]
        assert comparison.closing_candidate == counted["candidate"]
        assert comparison.closing_baseline == counted["baseline"]
        assert comparison.closing_tie_good == counted["tie_good"]
        assert comparison.closing_tie_bad == counted["tie_bad"]


def test_a_generated_run_that_is_closed_takes_no_votes(tmp_path: Path) -> None:
    run, _people = make_small_run()
    EvaluationRun.objects.filter(pk=run.pk).update(state="closed", origin="generated")
    with pytest.raises(CommandError, match="not open for votes"):
        import_rows(tmp_path, run, [row("p0000", "r1", "candidate")])
    assert not Vote.objects.exists()


def test_a_side_that_comes_later_is_not_thrown_away_in_silence(
    run: EvaluationRun, tmp_path: Path
) -> None:
    import_rows(tmp_path, run, [row("p0000", "r1", "candidate")])
    rows = [row("p0000", "r1", "candidate", left="baseline"), row("p0000", "r1", "candidate")]
    report = import_rows(tmp_path, run, rows)
    assert (report["unchanged"], report["rejected"]) == (2, 0)
    assert report["sides_not_kept"] == 1
    assert Vote.objects.get().left is None


def test_a_side_that_differs_is_named(run: EvaluationRun, tmp_path: Path) -> None:
    import_rows(tmp_path, run, [row("p0000", "r1", "candidate", left="baseline")])
    report = import_rows(tmp_path, run, [row("p0000", "r1", "candidate", left="candidate")])
    assert report["errors"][0]["code"] == "vote_differs"
    assert "with the baseline on the left" in report["errors"][0]["message"]


def test_a_run_with_votes_for_some_examples_notes_it(run: EvaluationRun, tmp_path: Path) -> None:
    import_rows(tmp_path, run, [row(f"p000{n}", "r1", "candidate") for n in range(3)])
    assert any(
        "1 example of this run is not counted" in note for note in run_notes(build_report(run))
    )
    import_rows(tmp_path, run, [row("p0003", "r1", "candidate")])
    assert not any("not counted" in note for note in run_notes(build_report(run)))


def test_verdicts_on_criteria_are_imported_and_what_does_not_fit_is_rejected(
    tmp_path: Path,
) -> None:
    criteria = [CriterionTerms("tone", gated=True), CriterionTerms(name="Brevity", question="?")]
    run = make_voting_run(examples=4, votes_per_example=None, criteria=criteria)
    answered = {"tone": "tie_good", "Brevity": "baseline"}
    rows = [
        row("p0000", "r1", "candidate") | {"criteria": answered},
        row("p0001", "r1", "candidate") | {"criteria": {"Brevity": "baseline"}},
        row("p0001", "r1", "candidate") | {"criteria": {"tone": "candidate", "humour": "tie_bad"}},
        row("p0001", "r1", "candidate") | {"criteria": {"tone": "tie"}},
        row("p0001", "r1", "candidate") | {"criteria": {"tone": "candidate"}},
        row("p0001", "r1", "candidate") | {"criteria": {"tone": "baseline"}},
    ]
    report = import_rows(tmp_path, run, rows)
    codes = [error["code"] for error in report["errors"]]
    assert codes == [
        *("criterion_missing", "criterion_unknown"),
        *("criteria_malformed", "vote_differs"),
    ]
    assert (report["created"], import_rows(tmp_path, run, rows)["unchanged"]) == (2, 2)
    stored = CriterionVote.objects.order_by("pk")
    assert [(answer.criterion.key, answer.verdict, answer.choice) for answer in stored] == [
        ("tone", "tie_good", None),
        ("Brevity", "baseline", None),
        ("tone", "candidate", None),
    ]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"reasons": {"candidate": ["correct"]}}, "results.reasons_without_side"),
        ({"reasons": {"candidate": ["nice"]}, "left": "baseline"}, "results.reasons_malformed"),
        ({"reasons": {"left": ["correct"]}, "left": "baseline"}, "results.reasons_malformed"),
        ({"reasons": ["correct"], "left": "baseline"}, "results.reasons_malformed"),
        ({"reasons": {"candidate": "wrong"}, "left": "baseline"}, "results.reasons_malformed"),
        ({"recognised": 1}, "results.recognised_malformed"),
        ({"rationale": ["a"]}, "results.rationale_malformed"),
    ],
)
def test_reasons_that_cannot_be_stored_reject_their_row(more: dict[str, Any], code: str) -> None:
    line = json.dumps(row("p0000", "ann", "candidate", **more)).encode()
    (found,) = read_votes(io.BytesIO(line))
    assert isinstance(found, RowError)
    assert found.message.code == code


def test_reasons_are_kept_by_side_and_never_change_a_stored_vote(
    run: EvaluationRun, tmp_path: Path
) -> None:
    told = {"left": "baseline", "reasons": {"candidate": ["wrong"], "baseline": []}}
    first = [row("p0000", "ann", "candidate", **told), row("p0001", "ann", "candidate")]
    import_rows(tmp_path, run, first)
    assert Vote.objects.get(comparison__external_id="p0000").reasons == {"right": ["wrong"]}
    report = import_rows(tmp_path, run, [first[0], row("p0001", "ann", "candidate", **told)])
    assert (report["unchanged"], report["rejected"], report["reasons_not_kept"]) == (2, 0, 1)
    assert Vote.objects.get(comparison__external_id="p0001").reasons == {}
