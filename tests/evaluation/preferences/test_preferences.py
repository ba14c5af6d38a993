"""Sets of preferences out of votes: which pairs, never from a test split that judges, frozen."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from datasets.versions.models import DatasetItem, VersionEvent
from evaluation.erasure.actions import erase_comparison
from evaluation.erasure.parts import Part
from evaluation.preferences.actions.freezing import count_pairs, freeze_preferences
from evaluation.preferences.files import pair_lines
from evaluation.preferences.formats import PairFormat, pair_line
from evaluation.preferences.models import PreferenceEvent, PreferencePair, PreferenceSet
from evaluation.preferences.rules import Votes, preferred_side
from evaluation.preferences.texts import LEFT_OUT
from evaluation.results.actions.closing import close_run
from evaluation.runs.actions import gold_checks, run_setup
from evaluation.runs.actions.retired_splits import retire_test_split
from evaluation.runs.models import EvaluationRun
from evaluation.runs.prompt_sets import prompts_of_split
from evaluation.runs.terms import RunPlan, RunTerms
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.core.messages import Message
from reviewapp.people.models import Project, Role
from tests.api_scripts import Script, script_of_lead
from tests.factories.people import make_member
from tests.factories.runs import make_model_version, make_run
from tests.factories.verdicts import vote_in_order
from tests.factories.versions import ProjectWithMembers
from tests.factories.voting import make_small_run
from tests.sentences import codes_in

pytestmark = pytest.mark.django_db
# The verdicts of three reviewers on six examples.
VERDICTS = (
    ("candidate", "candidate", "candidate"),
    ("candidate", "candidate", "baseline"),
    ("candidate", "tie_good", "tie_bad"),
    ("baseline", "baseline", "tie_bad"),
    ("candidate", "baseline", "tie_good"),
    ("tie_good", "tie_good", "tie_good"),
)


def closed_run(**chosen: Any) -> EvaluationRun:
    run, people = make_small_run(reviewers=3, examples=6, votes=3, **chosen)
    for number, person in enumerate(people):
        vote_in_order(run, person, [row[number] for row in VERDICTS])
    return close_run(run_id=run.pk, actor=None)


def freeze(run: EvaluationRun, **chosen: Any) -> PreferenceSet:
    asked: dict[str, Any] = {"rule": "majority", "min_votes": 1, "actor": None} | chosen
    return freeze_preferences(project=run.project, run_ids=[run.pk], **asked)


def code(caught: pytest.ExceptionInfo[Any]) -> set[str]:
    assert isinstance(caught.value.message, Message)
    return codes_in(caught.value.message)


@pytest.mark.parametrize(
    ("rule", "min_votes", "expected"),
    [
        ("unanimous", 1, ["candidate", "", "", "", "", ""]),
        ("majority", 1, ["candidate", "candidate", "", "baseline", "", ""]),
        ("plurality", 1, ["candidate", "candidate", "candidate", "baseline", "", ""]),
        ("plurality", 2, ["candidate", "candidate", "", "baseline", "", ""]),
        ("majority", 3, ["candidate", "", "", "", "", ""]),
    ],
)
def test_a_rule_decides_by_the_votes_and_ties_are_votes(
    rule: str, min_votes: int, expected: list[str]
) -> None:
    sides = []
    for row in VERDICTS:
        ties = sum(verdict.startswith("tie") for verdict in row)
        votes = Votes(row.count("candidate"), row.count("baseline"), ties)
        sides.append(preferred_side(votes, rule=rule, min_votes=min_votes))
    assert sides == expected


def test_a_set_holds_the_decided_pairs_with_their_votes_and_the_digest_of_its_file() -> None:
    run = closed_run()
    stored = freeze(run)
    pairs = list(stored.pairs.order_by("position"))
    votes = [(pair.votes_for, pair.votes_against, pair.votes_tied) for pair in pairs]
    assert votes == [(3, 0, 0), (2, 1, 0), (2, 0, 1)]
    models = [pair.preferred.model_version_id for pair in pairs]
    assert models == [run.candidate_id, run.candidate_id, run.baseline_id]
    assert stored.left_out == {"undecided": 3}
    assert stored.sources == [
        {"run": run.pk, "name": run.name, "prompts_digest": run.prompts_digest, "pairs": 3}
    ]
    content = b"".join(pair_lines(stored, PairFormat.OPENAI))
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (
        stored.digest,
        stored.size_bytes,
    )
    first = json.loads(content.splitlines()[0])
    assert first["input"]["messages"] == pairs[0].comparison.prompt
    assert first["preferred_output"][0]["content"] == pairs[0].preferred.text
    assert first["non_preferred_output"][0]["content"] == pairs[0].other.text
    event = PreferenceEvent.objects.get()
    assert (event.action, event.after) == ("freeze_preferences", stored.digest)
    with pytest.raises(InvalidInput) as caught:
        freeze(run)
    assert code(caught) == {"preferences.exists"}


def test_a_line_in_the_other_format_has_prompt_chosen_and_rejected() -> None:
    asked = [{"role": "user", "content": "Why?"}]
    line = json.loads(pair_line(asked, "Good.", "Bad.", layout=PairFormat.CHOSEN))
    assert line == {
        "prompt": asked,
        "chosen": [{"role": "assistant", "content": "Good."}],
        "rejected": [{"role": "assistant", "content": "Bad."}],
    }


def test_gold_checks_and_erased_examples_give_no_pair() -> None:
    run = closed_run()
    first, second = run.comparisons.order_by("position")[:2]
    lead = make_member(run.project, Role.LEAD)
    gold_checks.add_compared(
        comparison_id=first.pk, expected="first", explanation="It is kind.", actor=lead
    )
    erase_comparison(comparison_id=second.pk, parts=[Part.PROMPT], reason="Asked.", actor=None)
    found = count_pairs(
        project=run.project, run_ids=[run.pk], rule="majority", min_votes=1, actor=None
    )
    assert [pair.comparison.position for pair in found.pairs] == [4]
    assert found.left_out == {"undecided": 3, "gold_check": 1, "erased": 1}
    assert set(found.left_out) <= set(LEFT_OUT)


def test_a_pair_that_is_erased_later_leaves_the_file() -> None:
    stored = freeze(closed_run())
    pair = stored.pairs.order_by("position")[0]
    erase_comparison(
        comparison_id=pair.comparison_id, parts=[Part.CANDIDATE], reason="Asked.", actor=None
    )
    lines = list(pair_lines(stored, PairFormat.OPENAI))
    assert len(lines) == 2
    assert b"[erased]" not in b"".join(lines)


def test_the_same_pair_of_two_runs_is_kept_once_and_contradictions_not_at_all() -> None:
    first = closed_run()
    again, people = make_small_run(reviewers=3, examples=6, votes=3, project=first.project)
    flipped = {"candidate": "baseline", "baseline": "candidate"}
    for number, person in enumerate(people):
        verdicts = [VERDICTS[0][number], flipped.get(VERDICTS[1][number], "tie_good")]
        by_prompt = dict(
            zip(
                first.comparisons.order_by("position").values_list("external_id", flat=True),
                verdicts,
                strict=False,
            )
        )
        order = again.comparisons.order_by("position").values_list("external_id", flat=True)
        vote_in_order(again, person, [by_prompt.get(key, "tie_good") for key in order])
    close_run(run_id=again.pk, actor=None)
    stored = freeze_preferences(
        project=first.project,
        run_ids=[again.pk, first.pk],
        rule="majority",
        min_votes=1,
        actor=None,
    )
    assert stored.left_out["repeated"] == 1
    assert stored.left_out["contradicted"] == 2
    assert stored.pair_count == 2
    assert [source["pairs"] for source in stored.sources] == [2, 0]


def test_only_closed_runs_of_the_project_give_pairs() -> None:
    run, _people = make_small_run()
    other = closed_run(project=None)
    for ids, expected in ((run.pk, "not_closed"), (other.pk, "unknown_run")):
        with pytest.raises(InvalidInput) as caught:
            freeze_preferences(
                project=run.project, run_ids=[ids], rule="majority", min_votes=1, actor=None
            )
        assert code(caught) == {f"preferences.{expected}"}


@pytest.fixture
def house() -> ProjectWithMembers:
    """A project with a version that has a test split."""
    house = ProjectWithMembers()
    house.many(8, intent="returns")
    house.freeze(shares={"train": 50, "validation": 0, "test": 50})
    return house


def test_a_prompt_in_a_test_split_that_judges_gives_no_pair(house: ProjectWithMembers) -> None:
    revision = DatasetItem.objects.filter(split="test")[0].revision
    run = closed_run(project=house.project, revision=revision)
    with pytest.raises(InvalidInput) as caught:
        freeze(run)
    assert code(caught) == {"preferences.none"}
    # Neither does the database take it from any other writer.
    other = freeze(closed_run())
    comparison = run.comparisons.order_by("position")[0]
    answers = list(comparison.answers.order_by("pk"))
    with pytest.raises(DatabaseError, match="test split"), transaction.atomic():
        PreferencePair.objects.create(
            preference_set=other,
            position=99,
            comparison=comparison,
            preferred=answers[0],
            other=answers[1],
            votes_for=1,
            votes_against=0,
            votes_tied=0,
        )
    version = house.project.versions.get()
    retire_test_split(version_id=version.pk, reason="A new split judges.", actor=house.lead)
    assert freeze(run).pair_count == 3
    event = VersionEvent.objects.get(action="retire_test_split")
    assert (event.actor, event.reason) == (house.lead, "A new split judges.")


def test_a_run_on_a_test_split_is_refused_by_name(house: ProjectWithMembers) -> None:
    run, _people = make_small_run(project=house.project)
    version = house.project.versions.get()
    EvaluationRun.objects.filter(pk=run.pk).update(dataset_version=version, split="test")
    with pytest.raises(InvalidTransition) as open_run:
        retire_test_split(version_id=version.pk, reason="Asked.", actor=house.lead)
    assert code(open_run) == {"runs.test_split_in_use"}
    close_run(run_id=run.pk, actor=None, reason="Enough.")
    with pytest.raises(InvalidInput) as caught:
        freeze(run)
    assert code(caught) == {"preferences.test_split"}


def test_a_retired_test_split_judges_no_model(house: ProjectWithMembers) -> None:
    version = house.project.versions.get()
    prompts = prompts_of_split(version, "test")
    models = [make_model_version(house.project) for _ in range(2)]
    plan = RunPlan("late", models[0].pk, models[1].pk, terms=RunTerms())
    retire_test_split(version_id=version.pk, reason="Asked.", actor=house.lead)
    with pytest.raises(InvalidInput) as caught:
        run_setup.create_run(project=house.project, plan=plan, prompts=prompts, actor=None)
    assert code(caught) == {"runs.test_split_retired"}
    with pytest.raises(InvalidTransition):
        retire_test_split(version_id=version.pk, reason="Again.", actor=house.lead)
    with pytest.raises(PermissionDeniedError):
        retire_test_split(version_id=version.pk, reason="Asked.", actor=house.reviewer)


def test_a_lead_who_votes_on_one_of_the_models_freezes_nothing() -> None:
    run = closed_run()
    lead = make_member(run.project, Role.LEAD)
    other = make_member(run.project, Role.REVIEWER)
    askable = make_model_version(run.project)
    open_run = make_run(run.project, candidate=askable, raters=[lead, other])
    # As if the open run compared the model whose answers the closed one shows.
    EvaluationRun.objects.filter(pk=open_run.pk).update(
        candidate=run.candidate_id, state="generating"
    )
    with pytest.raises(PermissionDeniedError):
        freeze(run, actor=lead)


def test_a_lead_counts_freezes_and_downloads_on_the_pages(client: Client) -> None:
    run = closed_run()
    lead = make_member(run.project, Role.LEAD)
    client.force_login(lead)
    new = reverse("evaluation:new_preferences", args=[run.project.slug])
    sent = {"run_ids": [run.pk], "rule": "majority", "min_votes": 1}
    page = client.post(new, sent)
    assert len(page.context["counted"].pairs) == 3
    assert not PreferenceSet.objects.exists()
    page = client.post(new, {**sent, "act": "freeze"}, follow=True)
    stored = PreferenceSet.objects.get()
    assert page.context["set"] == stored
    url = reverse("evaluation:download_preferences", args=[run.project.slug, stored.number])
    sent_file = client.post(url, {"format": "openai"}).getvalue()
    assert hashlib.sha256(sent_file).hexdigest() == stored.digest
    assert PreferenceEvent.objects.filter(action="export_preferences", actor=lead).count() == 1
    client.force_login(make_member(run.project, Role.REVIEWER))
    assert client.post(url, {"format": "openai"}).status_code == 403


def test_a_lead_retires_a_test_split_on_its_page(client: Client, house: ProjectWithMembers) -> None:
    client.force_login(house.lead)
    url = reverse("evaluation:retire_test_split", args=[house.project.slug, 1])
    assert client.post(url, {"reason": "Asked."}).status_code == 422
    client.post(url, {"reason": "Asked.", "confirmed": "on"})
    assert client.get(url).status_code == 404, "it judges no more"


def test_scripts_freeze_list_and_download(tmp_path: Path) -> None:
    run = closed_run()
    script, path = script_of_lead(run.project, "runs", "manage"), sets_of(run.project)
    made = script.post(path, runs=[run.pk], rule="unanimous").json()
    assert (made["pairs"], made["left_out"]) == (1, {"undecided": 5})
    assert script.get(path).json()["items"] == [made]
    assert script.get(f"{path}/1").json() == made
    sent = script.get(f"{path}/1/file?format=chosen").getvalue()
    out = tmp_path / "pairs.jsonl"
    call_command("export_preferences", run.project.slug, 1, out=str(out), format="chosen")
    assert out.read_bytes() == sent
    again = script.post(path, runs=[run.pk], rule="unanimous")
    assert again.status_code == 422
    for role, scopes in ((Role.REVIEWER, ("runs", "manage")), (Role.ANNOTATOR, ("runs",))):
        member = Script(make_member(run.project, role), *scopes)
        assert member.get(path).status_code == 403
    assert script_of_lead(run.project, "runs").post(path, runs=[run.pk]).status_code == 403


def sets_of(project: Project) -> str:
    return f"projects/{project.slug}/preferences"
