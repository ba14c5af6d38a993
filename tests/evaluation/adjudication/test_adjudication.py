"""Adjudication: the queue in order of disagreement, blind, its outcome beside the votes only."""

import csv
import json
import re
from collections.abc import Callable
from fractions import Fraction
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from evaluation.adjudication.actions import adjudicate
from evaluation.adjudication.models import Adjudication
from evaluation.adjudication.queue import adjudication_queue, earlier_outcomes
from evaluation.adjudication.sides import draw_sides
from evaluation.erasure.actions import erase_comparison
from evaluation.erasure.parts import Part, parts_with_text
from evaluation.results.actions import closing, gates
from evaluation.results.actions.outcome_import import import_outcomes
from evaluation.results.archive import outcome_rows
from evaluation.results.models import PendingMeasurement
from evaluation.results.outcome_rows import read_outcomes
from evaluation.results.reports import build_report, report_as_json
from evaluation.runs.models import EvaluationRun
from evaluation.stats.disagreement import disagreement
from evaluation.voting.blinding import choice_of, resolve
from reviewapp.audit import trail
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Role, User
from tests.api_scripts import Script
from tests.factories.people import make_member
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import CANDIDATE_BEGINS, make_small_run

pytestmark = pytest.mark.django_db
# A vote and a tie, an agreement, an even split, both kinds of tie.
ANN = ("candidate", "baseline", "candidate", "tie_good")
BOB = ("tie_bad", "baseline", "baseline", "tie_bad")


@pytest.fixture
def run() -> EvaluationRun:
    """An open run of five examples, of which two reviewers voted on the first four."""
    run, (ann, bob) = make_small_run(examples=5, votes=2)
    vote_in_order(run, ann, ANN)
    vote_in_order(run, bob, BOB)
    assert run.comparisons.filter(state="closed").count() == 4
    return run


@pytest.fixture
def lead(run: EvaluationRun) -> User:
    return make_member(run.project, Role.LEAD)


def position_at(run: EvaluationRun, place: int) -> int:
    return list(run.comparisons.order_by("position").values_list("position", flat=True))[place]


def decide(run: EvaluationRun, lead: User, position: int, verdict: str, note: str = "") -> None:
    comparison = run.comparisons.get(position=position)
    earlier = earlier_outcomes(comparison.pk)
    drawn = draw_sides(comparison_id=comparison.pk, actor_id=lead.pk, earlier=earlier)
    choice = choice_of(verdict, left=drawn.left)
    adjudicate(comparison_id=comparison.pk, actor=lead, token=drawn.token, choice=choice, note=note)


def queue_url(run: EvaluationRun) -> str:
    return reverse("evaluation:adjudication", args=[run.project.slug, run.pk])


def outcome_url(run: EvaluationRun, position: int) -> str:
    return reverse("evaluation:adjudicate", args=[run.project.slug, run.pk, position])


def token_in(page: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_disagreement_is_the_variance_of_the_scores() -> None:
    assert disagreement(candidate=0, baseline=0, ties=0) == 0
    assert disagreement(candidate=3, baseline=0, ties=0) == 0
    assert disagreement(candidate=1, baseline=1, ties=0) == Fraction(1, 4)
    assert disagreement(candidate=2, baseline=1, ties=0) == Fraction(2, 9)
    assert disagreement(candidate=0, baseline=1, ties=1) == Fraction(1, 16)
    for votes in ((2, 1, 0), (1, 0, 3), (4, 2, 1)):
        won, lost, ties = votes
        assert disagreement(candidate=won, baseline=lost, ties=ties) == disagreement(
            candidate=lost, baseline=won, ties=ties
        )


def test_the_most_disputed_comes_first_and_decided_ones_last(
    run: EvaluationRun, lead: User
) -> None:
    tied, split = position_at(run, 0), position_at(run, 2)
    assert [item.position for item in adjudication_queue(run)] == [split, tied]
    decide(run, lead, split, "candidate")
    items = adjudication_queue(run)
    assert [(item.position, item.is_decided) for item in items] == [(tied, False), (split, True)]


def test_a_new_outcome_keeps_the_row_of_the_old_one(run: EvaluationRun, lead: User) -> None:
    split = position_at(run, 2)
    decide(run, lead, split, "candidate", "The first one is right.")
    decide(run, lead, split, "tie_bad", "Both miss the policy.")
    rows = Adjudication.objects.order_by("pk")
    assert [(row.verdict, row.note) for row in rows] == [
        ("candidate", "The first one is right."),
        ("tie_bad", "Both miss the policy."),
    ]
    assert all(row.verdict == resolve(row.choice, left=row.left) for row in rows)
    events = run.events.filter(action="adjudicate")
    assert [(event.actor, event.reason) for event in events] == [(lead, "")] * 2
    assert {event.detail["position"] for event in events} == {split}
    assert "verdict" not in events[0].detail


def test_the_database_rejects_changes_of_an_outcome(run: EvaluationRun, lead: User) -> None:
    decide(run, lead, position_at(run, 2), "candidate")
    changes: list[Callable[[QuerySet[Adjudication]], object]] = [
        lambda rows: rows.update(note="other"),
        lambda rows: rows.update(verdict="baseline"),
        lambda rows: rows.delete(),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change(Adjudication.objects.all())


def figures(run: EvaluationRun) -> tuple[Any, ...]:
    gates.measure_gates(run_id=run.pk)
    report = build_report(run)
    rows = [list(table) for table in (run.tallies.values(), run.gate_checks.values())]
    comparisons = list(run.comparisons.order_by("pk").values())
    return report_as_json(report), comparisons, [
        [{k: v for k, v in row.items() if k != "checked_at"} for row in table] for table in rows
    ]  # fmt: skip


def test_no_figure_changes_by_an_outcome(run: EvaluationRun, lead: User) -> None:
    before = figures(run)
    pending = set(PendingMeasurement.objects.values_list("pk", flat=True))
    for item in adjudication_queue(run):
        decide(run, lead, item.position, "candidate")
    assert set(PendingMeasurement.objects.values_list("pk", flat=True)) == pending, "as before"
    assert figures(run) == before
    assert run.votes.count() == 8


def test_stale_sides_and_bad_values_are_rejected(run: EvaluationRun, lead: User) -> None:
    split = run.comparisons.get(position=position_at(run, 2))
    drawn = draw_sides(comparison_id=split.pk, actor_id=lead.pk, earlier=0)
    shown: dict[str, Any] = {"comparison_id": split.pk, "actor": lead, "token": drawn.token}
    wrong: list[dict[str, Any]] = [
        {"choice": "first", "note": ""},
        {"choice": "left", "note": "x" * 2001},
    ]
    for values in wrong:
        with pytest.raises(InvalidInput):
            adjudicate(**shown, **values)
    adjudicate(**shown, choice="left", note="")
    with pytest.raises(InvalidTransition):
        adjudicate(**shown, choice="left", note="")
    agreed = run.comparisons.get(position=position_at(run, 1))
    other = draw_sides(comparison_id=agreed.pk, actor_id=lead.pk, earlier=0)
    with pytest.raises(InvalidTransition):
        adjudicate(comparison_id=agreed.pk, actor=lead, token=other.token, choice="left", note="")
    assert Adjudication.objects.count() == 1


def audited_actions(run: EvaluationRun, reader: User) -> set[str]:
    entries = trail.all_entries(run.project, trail.Filters(reader=reader))
    return {entry.event.action for entry in entries}


def test_only_a_lead_who_does_not_vote_in_the_open_run_adjudicates(
    run: EvaluationRun, lead: User, client: Client
) -> None:
    reviewer = run.raters.order_by("pk")[0].user
    assert reviewer is not None
    split = position_at(run, 2)
    with pytest.raises(PermissionDeniedError):
        decide(run, reviewer, split, "candidate")
    reviewer.memberships.create(project=run.project, role=Role.LEAD)
    with pytest.raises(PermissionDeniedError):
        decide(run, reviewer, split, "candidate")
    client.force_login(reviewer)
    pages = (queue_url(run), outcome_url(run, split))
    assert {client.get(page).status_code for page in pages} == {403}
    assert client.post(pages[1], {"choice": "left"}).status_code == 403
    decide(run, lead, split, "candidate")
    assert "adjudicate" in audited_actions(run, lead)
    assert "adjudicate" not in audited_actions(run, reviewer)
    closing.close_run(run_id=run.pk, actor=lead)
    assert client.get(queue_url(run)).status_code == 200


def test_the_page_tells_no_model_side_or_verdict(
    run: EvaluationRun, lead: User, client: Client
) -> None:
    client.force_login(lead)
    response = client.get(queue_url(run))
    page = response.content.decode()
    assert run.candidate.name not in page
    assert run.baseline.name not in page
    assert run.name not in page
    assert not re.search(r"candidate|baseline|verdict|tie_", page, re.I)
    split = run.comparisons.get(position=position_at(run, 2))
    drawn = draw_sides(comparison_id=split.pk, actor_id=lead.pk, earlier=0)
    is_left = page.index(CANDIDATE_BEGINS) < page.index("You have 30 days")
    assert is_left == (drawn.left == "candidate")
    assert client.get(queue_url(run)).content.decode().count(drawn.token) == 1, "a reload keeps it"


def test_sides_are_drawn_anew_and_evenly_and_the_token_does_not_tell_them() -> None:
    drawn = [draw_sides(comparison_id=n, actor_id=1, earlier=m) for n in range(200) for m in (0, 1)]
    lefts = [lease.left == "candidate" for lease in drawn]
    assert 160 < sum(lefts) < 240
    assert any(first != second for first, second in zip(lefts[::2], lefts[1::2], strict=True))
    assert {len(lease.token) for lease in drawn} == {64}
    even = [int(lease.token, 16) % 2 == left for lease, left in zip(drawn, lefts, strict=True)]
    assert 160 < sum(even) < 240


def test_the_next_one_follows_and_an_error_keeps_the_note(
    run: EvaluationRun, lead: User, client: Client
) -> None:
    client.force_login(lead)
    split, tied = position_at(run, 2), position_at(run, 0)
    token = token_in(client.get(queue_url(run)).content.decode())
    missing = client.post(outcome_url(run, split), {"token": token, "note": "Typed already"})
    assert missing.status_code == 422
    assert "Typed already" in missing.content.decode()
    fields = {"token": token, "choice": "left", "note": "Typed already"}
    assert client.post(outcome_url(run, split), fields)["Location"] == queue_url(run)
    assert client.get(queue_url(run)).context["shown"].position == tied
    late = client.post(outcome_url(run, split), fields)
    assert late.status_code == 409
    assert "Typed already" in late.content.decode()
    assert late.context["form"]["choice"].value() is None, "it named other sides"
    fresh = fields | {"token": token_in(late.content.decode()), "choice": "both_bad"}
    assert client.post(outcome_url(run, split), fresh).status_code == 302
    assert client.get(outcome_url(run, position_at(run, 1))).status_code == 404


def test_the_outcome_is_shown_and_exported_beside_the_votes(
    run: EvaluationRun, lead: User, client: Client
) -> None:
    split = position_at(run, 2)
    decide(run, lead, split, "baseline", "First look")
    decide(run, lead, split, "candidate", "=Second look")
    client.force_login(lead)
    page = client.get(reverse("evaluation:run_examples", args=[run.project.slug, run.pk]))
    shown = {example.comparison.position: example for example in page.context["examples"]}
    assert not shown[position_at(run, 1)].is_disputed
    disputed = position_at(run, 0)
    assert shown[disputed].is_disputed
    assert outcome_url(run, disputed) in page.content.decode()
    assert shown[split].outcome.verdict == "candidate"
    assert len(shown[split].votes) == 2
    assert "=Second look" in page.content.decode()
    assert "First look" not in page.content.decode()
    response = client.post(reverse("evaluation:export_run", args=[run.project.slug, run.pk]))
    archive = ZipFile(BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    lines = archive.read("adjudications.jsonl").decode().splitlines()
    rows = [json.loads(line) for line in lines]
    assert {row["adjudicator"] for row in rows} == {lead.get_full_name()} != {""}
    assert lead.get_full_name() in page.content.decode()
    assert [(row["verdict"], row["is_current"]) for row in rows] == [
        ("baseline", False),
        ("candidate", True),
    ]
    table = list(csv.DictReader(StringIO(archive.read("adjudications.csv").decode())))
    assert table[1]["note"] == "'=Second look", "no formula"
    assert len(archive.read("votes.jsonl").decode().splitlines()) == 8


def test_the_api_lists_outcomes_for_leads_who_may_adjudicate(
    run: EvaluationRun, lead: User
) -> None:
    split = position_at(run, 2)
    for verdict in ("baseline", "candidate"):
        decide(run, lead, split, verdict)
    address = f"runs/{run.pk}/adjudications"
    items = Script(lead, "runs").get(address).json()["items"]
    assert [(item["position"], item["verdict"], item["is_current"]) for item in items] == [
        (split, "baseline", False),
        (split, "candidate", True),
    ]
    voter = run.raters.order_by("pk")[0].user
    assert voter is not None
    voter.memberships.create(project=run.project, role=Role.LEAD)
    assert Script(voter, "runs").get(address).status_code == 403


def test_erasing_what_was_written_erases_the_note(
    run: EvaluationRun, lead: User, runtime_role: str
) -> None:
    split = run.comparisons.get(position=position_at(run, 2))
    decide(run, lead, split.position, "candidate", "Mrs Ines Alvarez is right.")
    assert Part.RATIONALES in parts_with_text(split)
    erase_comparison(
        comparison_id=split.pk, parts=[Part.RATIONALES], reason="Ticket 9.", actor=lead
    )
    adjudication = Adjudication.objects.get()
    assert (adjudication.verdict, adjudication.note) == ("candidate", "[erased]")
    assert Part.RATIONALES not in parts_with_text(split)
    assert split.position not in [item.position for item in adjudication_queue(run)]


def import_of(folder: Path) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "import_votes",
        str(folder / "votes.jsonl"),
        adjudications=folder / "adjudications.jsonl",
        run="again",
        json=True,
        stdout=out,
    )
    return dict(json.loads(out.getvalue()))


def test_outcomes_of_an_exported_run_are_imported_beside_its_votes(
    run: EvaluationRun, lead: User, client: Client, tmp_path: Path
) -> None:
    split = position_at(run, 2)
    decide(run, lead, split, "baseline", "First look")
    decide(run, lead, split, "tie_bad", "Second look")
    call_command("export_run", run.name, out=str(tmp_path / "run.zip"), stdout=StringIO())
    ZipFile(tmp_path / "run.zip").extractall(tmp_path)
    call_command(
        "import_answers",
        str(tmp_path / "answers.jsonl"),
        terms=tmp_path / "run.json",
        create_project=True,
        project="elsewhere",
        run="again",
        baseline="old",
        candidate="new",
        stdout=StringIO(),
    )
    counts = [import_of(tmp_path)["adjudications"] for _ in range(2)]
    assert [(found["created"], found["unchanged"], found["rejected"]) for found in counts] == [
        (2, 0, 0),
        (0, 2, 0),
    ]
    again = EvaluationRun.objects.get(name="again")
    assert list(outcome_rows(again)) == list(outcome_rows(run))
    assert (
        report_as_json(build_report(again))["overall"]
        == (report_as_json(build_report(run))["overall"])
    )
    reader = make_member(again.project, Role.LEAD)
    client.force_login(reader)
    page = client.get(reverse("evaluation:run_examples", args=[again.project.slug, again.pk]))
    assert lead.get_full_name() in page.content.decode()
    # A decision of this project's own lead is not replaced.
    imported = Adjudication.objects.filter(comparison__run=again)
    decide(again, reader, imported[0].comparison.position, "candidate")
    late = import_of(tmp_path)["adjudications"]
    assert [error["code"] for error in late["errors"]] == ["decided_here"] * 2
    assert "import_outcomes" in audited_actions(again, reader)


def test_a_malformed_outcome_is_rejected_with_its_line(run: EvaluationRun, tmp_path: Path) -> None:
    row = {"id": "x", "adjudicator": "Ada", "verdict": "candidate", "left": "baseline", "note": ""}
    timed = row | {"at": "2026-05-12T09:30:00Z"}
    rows = [row, timed, timed | {"adjudicator": " "}, timed | {"note": 3}]
    file = tmp_path / "adjudications.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    with file.open("rb") as stream:
        report = import_outcomes(run_id=run.pk, rows=read_outcomes(stream))
    assert [(error.line, error.code) for error in report.errors] == [
        (1, "outcome_incomplete"),
        (2, "id_unknown"),
        (3, "no_rater"),
        (4, "note_malformed"),
    ]
    assert not report.created
