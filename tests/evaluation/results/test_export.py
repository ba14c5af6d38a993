"""The export of a run: who may take it, what is in it, and that it can be imported again."""

import csv
import importlib
import json
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from evaluation.results.actions import closing
from evaluation.results.parquet import has_parquet
from evaluation.results.reports import build_report
from evaluation.runs.criteria import CriterionTerms
from evaluation.runs.models import EvaluationRun, Rater
from evaluation.voting.actions.broken import report_broken
from evaluation.voting.models import Vote
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role
from tests.factories.people import make_member, make_user
from tests.factories.runs import make_run, make_voting_run
from tests.factories.verdicts import held_leases, vote_in_order
from tests.factories.voting import make_small_run
from tests.reference import missing

pytestmark = pytest.mark.django_db
CRITERIA = [
    CriterionTerms("tone", gated=True),
    CriterionTerms(name="Brevity", question="Which one is shorter?"),
]


def post(client: Client, run: EvaluationRun) -> Any:
    return client.post(reverse("evaluation:export_run", args=[run.project.slug, run.pk]))


@pytest.fixture
def voted(client: Client) -> EvaluationRun:
    """A run of twelve examples with two votes each, ten of them closed, whose lead is signed in."""
    run, (ann, bob) = make_small_run(
        examples=12, votes=2, intents=("returns", "=refunds"), criteria=CRITERIA
    )
    passed = [{1: "tie_good", 2: "candidate"}, {1: "baseline"}, {1: "candidate"}] * 4
    own = ["candidate", "tie_bad", "candidate", "baseline", "tie_good"] * 2
    vote_in_order(run, ann, own, on_criteria=passed)
    theirs = ["candidate", "tie_bad", "baseline", "baseline", "candidate"] * 2
    vote_in_order(run, bob, theirs, on_criteria=[{1: "tie_bad"}] * 10)
    client.force_login(make_member(run.project, Role.LEAD))
    return run


def archive_of(client: Client, run: EvaluationRun) -> ZipFile:
    answer = post(client, run)
    assert answer.status_code == 200
    return ZipFile(BytesIO(b"".join(answer.streaming_content)))


def rows_of(archive: ZipFile, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.read(name).decode().splitlines()]


def table_of(archive: ZipFile, name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(StringIO(archive.read(name).decode()))


def figures_of(name: str, slug: str) -> dict[str, Any]:
    out = StringIO()
    call_command("win_rates", name, "--project", slug, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


SAME = (
    "overall",
    "criteria",
    "intents",
    "agreement",
    "position",
    "votes",
    "raters",
    "counted",
    "left",
    "alpha",
)


def test_an_exported_run_imported_elsewhere_has_the_same_figures(
    client: Client, voted: EvaluationRun, tmp_path: Path
) -> None:
    before = figures_of(voted.name, voted.project.slug)
    archive_of(client, voted).extractall(tmp_path)
    where = {"project": "elsewhere", "run": "again"}
    models = {"baseline": "old", "candidate": "new"}
    call_command(
        "import_answers",
        str(tmp_path / "answers.jsonl"),
        terms=tmp_path / "run.json",
        create_project=True,
        stdout=StringIO(),
        **where,
        **models,
    )
    call_command("import_votes", str(tmp_path / "votes.jsonl"), stdout=StringIO(), **where)
    after = figures_of("again", "elsewhere")
    assert {name: after[name] for name in SAME} == {name: before[name] for name in SAME}
    states = [[(gate["gate"], gate["subject"], gate["state"]) for gate in found["gates"]]
              for found in (before, after)]  # fmt: skip
    assert states[0] == states[1]


def test_a_run_that_was_imported_is_exported_as_it_was(
    client: Client, voted: EvaluationRun, tmp_path: Path
) -> None:
    reasons = {"left": ["correct", "good_tone"], "right": ["wrong"]}
    told = voted.votes.order_by("pk")[:3]
    for vote, words in zip(told, ["Nennt die Frist.", "", "line\nline"], strict=True):
        Vote.objects.filter(pk=vote.pk).update(
            reasons=reasons if words else {}, rationale=words, recognised=not words
        )
    first = archive_of(client, voted)
    first.extractall(tmp_path)
    where = {"project": "elsewhere", "run": "again"}
    call_command(
        "import_answers",
        str(tmp_path / "answers.jsonl"),
        terms=tmp_path / "run.json",
        create_project=True,
        baseline=voted.baseline.name,
        candidate=voted.candidate.name,
        stdout=StringIO(),
        **where,
    )
    imports = [import_votes_of(tmp_path, where) for _ in range(2)]
    counted = [(found["created"], found["unchanged"], found["rejected"]) for found in imports]
    assert counted == [(20, 0, 0), (0, 20, 0)]
    assert [found["reasons_not_kept"] for found in imports] == [0, 0]
    again = EvaluationRun.objects.get(name="again")
    client.force_login(make_member(again.project, Role.LEAD))
    second = archive_of(client, again)
    for name in ("answers.jsonl", "votes.jsonl"):
        assert rows_of(second, name) == rows_of(first, name)
    told_of = [
        row for row in rows_of(second, "votes.jsonl") if row.keys() & {"reasons", "recognised"}
    ]
    assert len(told_of) == 3
    # What was clicked and where a vote came from is not what an import says.
    for name, own in (("votes.csv", {"choice", "source"}), ("examples.csv", {"closed_at"})):
        tables = [
            [{k: v for k, v in row.items() if k not in own} for row in table_of(archive, name)]
            for archive in (first, second)
        ]
        assert tables[0] == tables[1]
    figures = [json.loads(archive.read("figures.json")) for archive in (first, second)]
    assert {name: figures[1][name] for name in SAME} == {name: figures[0][name] for name in SAME}


def import_votes_of(folder: Path, where: dict[str, str]) -> dict[str, Any]:
    out = StringIO()
    call_command("import_votes", str(folder / "votes.jsonl"), json=True, stdout=out, **where)
    return dict(json.loads(out.getvalue()))


def test_an_unordered_run_keeps_its_figures_too(client: Client, tmp_path: Path) -> None:
    run = make_voting_run(examples=6, votes_per_example=None)
    votes = tmp_path / "votes.jsonl"
    lines = [{"id": f"p{n:04d}", "rater": f"r{n % 2}", "verdict": "candidate"} for n in range(4)]
    votes.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    call_command("import_votes", str(votes), run=run.name, stdout=StringIO())
    client.force_login(make_member(run.project, Role.LEAD))
    before = figures_of(run.name, run.project.slug)
    archive_of(client, run).extractall(tmp_path)
    call_command(
        "import_answers",
        str(tmp_path / "answers.jsonl"),
        terms=tmp_path / "run.json",
        project=run.project.slug,
        run="again",
        baseline="old",
        candidate="new",
        stdout=StringIO(),
    )
    call_command(
        "import_votes", str(tmp_path / "votes.jsonl"), run="again", project=run.project.slug,
        stdout=StringIO(),
    )  # fmt: skip
    after = figures_of("again", run.project.slug)
    assert {name: after[name] for name in SAME} == {name: before[name] for name in SAME}


def test_the_tables_have_each_vote_and_example_and_run_no_formula(
    client: Client, voted: EvaluationRun
) -> None:
    archive = archive_of(client, voted)
    votes = list(table_of(archive, "votes.csv"))
    assert len(votes) == 20 == len(rows_of(archive, "votes.jsonl"))
    assert {vote["verdict"] for vote in votes} == {"candidate", "baseline", "tie_good", "tie_bad"}
    assert all(vote["at"] and vote["left"] in {"candidate", "baseline"} for vote in votes)
    examples = list(table_of(archive, "examples.csv"))
    assert [int(example["position"]) for example in examples] == list(range(1, 13))
    assert {example["intent"] for example in examples} == {"returns", "'=refunds"}
    figures = json.loads(archive.read("figures.json"))
    assert figures["counted"] == build_report(voted).overall.tally.n == 10


def test_votes_and_examples_are_parquet_files_with_types(
    client: Client, voted: EvaluationRun
) -> None:
    if not has_parquet():
        missing("pyarrow is not installed; `make setup-parquet` installs it.")
    parquet = importlib.import_module("pyarrow.parquet")
    vote = voted.votes.order_by("-counted", "at", "pk")[0]
    Vote.objects.filter(pk=vote.pk).update(reasons={"left": ["correct", "complete"]})
    archive = archive_of(client, voted)
    votes = parquet.read_table(BytesIO(archive.read("votes.parquet"))).to_pylist()
    assert len(votes) == 20
    assert votes[0]["at"] == vote.at
    assert votes[0][f"reasons_{vote.left}"] == ["correct", "complete"]
    assert votes[0]["counted"] is True
    lines = list(table_of(archive, "votes.csv"))
    assert [line["id"] for line in votes] == [line["id"] for line in lines]
    assert lines[0][f"reasons_{vote.left}"] == "correct, complete"
    examples = parquet.read_table(BytesIO(archive.read("examples.parquet"))).to_pylist()
    assert [example["position"] for example in examples] == list(range(1, 13))
    assert examples[11]["closed_at"] is None
    assert examples[0]["tags"] == []


def test_without_pyarrow_an_export_is_a_zip_file_and_parquet_is_refused(
    voted: EvaluationRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluation.results.parquet.importlib.util.find_spec", lambda _name: None)
    out = tmp_path / "run.zip"
    with pytest.raises(CommandError, match="make setup-parquet"):
        call_command("export_run", voted.name, out=str(out), parquet=True)
    assert list(tmp_path.iterdir()) == []
    call_command("export_run", voted.name, out=str(out), stdout=StringIO())
    assert not [name for name in ZipFile(out).namelist() if name.endswith(".parquet")]
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_run", voted.name, out=str(tmp_path / "no" / "run.zip"))


def test_an_export_by_the_api_is_that_of_the_page(client: Client, voted: EvaluationRun) -> None:
    lead = make_member(voted.project, Role.LEAD)
    secret = create_token(user=lead, scopes=["manage"]).secret
    headers = {"Authorization": f"Bearer {secret}"}
    answer = client.post(f"/api/v1/runs/{voted.pk}/export", headers=headers)
    assert answer["Content-Type"] == "application/zip"
    archive = ZipFile(BytesIO(answer.getvalue()))
    assert rows_of(archive, "votes.jsonl") == rows_of(archive_of(client, voted), "votes.jsonl")
    assert voted.events.filter(action="export_run", actor=lead).exists()


def test_what_was_set_aside_is_in_the_table_and_not_imported_again(
    client: Client, voted: EvaluationRun
) -> None:
    ann = voted.raters.exclude(user=None).order_by("pk")[0].user
    assert ann
    report_broken(actor=ann, lease_id=held_leases(voted, ann)[0].public_id, note="Cut")
    archive = archive_of(client, voted)
    answers = rows_of(archive, "answers.jsonl")
    assert [answer["served"] for answer in answers] == list(range(1, 12))
    states = [example["state"] for example in table_of(archive, "examples.csv")]
    assert states.count("set_aside") == 1


def test_an_export_is_an_event(client: Client, voted: EvaluationRun) -> None:
    archive_of(client, voted)
    event = voted.events.get(action="export_run")
    assert event.actor
    assert event.detail == {"votes": 20}


def test_only_leads_who_may_see_the_figures_export(client: Client, voted: EvaluationRun) -> None:
    lead = make_member(voted.project, Role.LEAD)
    Rater.objects.create(run=voted, user=lead, name="the lead")
    for person, status in (
        (lead, 403),
        (make_member(voted.project, Role.REVIEWER), 403),
        (make_member(voted.project, Role.ANNOTATOR), 403),
        (make_user(), 404),
    ):
        client.force_login(person)
        assert post(client, voted).status_code == status
    client.force_login(lead)
    closing.close_run(run_id=voted.pk, actor=None)
    archive_of(client, voted)
    assert voted.events.filter(action="export_run").count() == 1


def test_a_run_that_was_not_opened_has_nothing_to_export(client: Client) -> None:
    run = make_run()
    client.force_login(make_member(run.project, Role.LEAD))
    assert post(client, run).status_code == 409


def test_reading_the_address_exports_nothing(client: Client, voted: EvaluationRun) -> None:
    address = reverse("evaluation:export_run", args=[voted.project.slug, voted.pk])
    assert client.get(address).status_code == 405
