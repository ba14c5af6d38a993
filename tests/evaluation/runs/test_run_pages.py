"""Setting a run up in the browser: the form, the set-up page, what is done from it."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.versions.models import DatasetVersion
from evaluation.registry.models import ModelVersion
from evaluation.results.actions import closing
from evaluation.runs.actions import runs
from evaluation.runs.models import EvaluationRun
from reviewapp.core.messages import message
from reviewapp.people.models import Project, Role
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_generating_run, make_model_version, make_run
from tests.factories.versions import ProjectWithMembers

pytestmark = pytest.mark.django_db
FORM = {
    "name": "spring",
    "preset": "standard",
    "votes_per_example": "1",
    "overlap_percent": "20",
    "overlap_votes": "2",
    "temperature": "0.2",
    "max_tokens": "64",
    "seed": "1",
}


class Office:
    """A project with a lead who is signed in, two reviewers and two models."""

    def __init__(self, client: Client, project: Project) -> None:
        self.client = client
        self.project = project
        self.lead = make_member(project, Role.LEAD)
        self.reviewers = [make_member(project, Role.REVIEWER) for _ in range(2)]
        self.candidate = make_model_version(project, name="tuned")
        self.baseline = make_model_version(project, name="house-model")
        client.force_login(self.lead)

    def at(self, name: str, *args: object) -> str:
        return reverse(f"evaluation:{name}", args=[self.project.slug, *args])

    def form(self, **changed: Any) -> dict[str, Any]:
        return FORM | {
            "candidate_id": self.candidate.pk,
            "baseline_id": self.baseline.pk,
            "rater_ids": [person.pk for person in self.reviewers],
            "prompt_file": prompt_file(*[row(number) for number in range(14)]),
            **changed,
        }

    def act(self, run: EvaluationRun, act: str, **more: str) -> Any:
        return self.client.post(self.at("run_act", run.pk), {"act": act, **more})


@pytest.fixture
def office(client: Client) -> Office:
    return Office(client, make_project())


def row(number: int, **other: Any) -> dict[str, Any]:
    talk = [
        {"role": "user", "content": f"Question {number}"},
        {"role": "assistant", "content": "The answer we want"},
    ]
    intent = "returns" if number % 2 else "refunds"
    return {"id": f"p{number}", "intent": intent, "messages": talk} | other


def prompt_file(*rows: dict[str, Any] | str) -> SimpleUploadedFile:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return SimpleUploadedFile("prompts.jsonl", "\n".join(lines).encode())


def test_a_run_is_set_up_from_a_file_of_prompts(office: Office) -> None:
    answer = office.client.post(office.at("new_run"), office.form())
    run = EvaluationRun.objects.get()
    assert answer["Location"] == office.at("run_setup", run.pk)
    assert (run.prompt_file, run.comparisons.count(), run.raters.count()) == (
        "prompts.jsonl",
        14,
        2,
    )
    assert all(len(comparison.prompt) == 1 for comparison in run.comparisons.all())
    assert run.sampling == {"temperature": 0.2, "max_tokens": 64, "seed": 1}
    shown = office.client.get(answer["Location"]).content.decode()
    assert "Generate answers" in shown
    assert "Before this run can start" not in shown


@pytest.mark.parametrize(
    ("rows", "told"),
    [("{}", "Line 1: "), ("{}\n{", "Line 2: The line is not"), ("PK\x03\x04", "a ZIP archive")],
)
def test_a_file_of_no_use_is_refused(office: Office, rows: str, told: str) -> None:
    answer = office.client.post(office.at("new_run"), office.form(prompt_file=prompt_file(rows)))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not EvaluationRun.objects.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"prompt_file": ""}, "Choose a split, or a file of prompts."),
        ({"overlap_votes": "1", "votes_per_example": "2"}, "at least as many votes"),
        ({"preset": "lax"}, "Select a valid choice"),
    ],
)
def test_a_form_with_a_mistake_comes_back(
    office: Office, changed: dict[str, Any], said: str
) -> None:
    answer = office.client.post(office.at("new_run"), office.form(**changed))
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_run_without_a_name_gets_that_of_its_models(office: Office) -> None:
    for name in ("tuned vs house-model", "tuned vs house-model (2)"):
        answer = office.client.post(office.at("new_run"), office.form(name=" "))
        assert answer.status_code == 302, answer.context["form"].errors
        assert EvaluationRun.objects.latest("pk").name == name


def test_two_equal_models_are_refused_and_nothing_typed_is_lost(office: Office) -> None:
    answer = office.client.post(
        office.at("new_run"),
        office.form(baseline_id=office.candidate.pk, system="Be brief.", name=""),
    )
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "the same model" in shown
    assert "Be brief." in shown


def test_a_file_that_is_lost_by_a_mistake_is_asked_for_again(client: Client) -> None:
    frozen = Frozen(client)
    same = {"baseline_id": frozen.tuned.pk, "votes_per_example": ""}
    answer = frozen.post(*[row(number) for number in range(14)], **same)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert form.errors["prompt_file"] == ["Choose the file again: the browser does not keep it."]
    assert form["prompts"].value() == ""


def test_a_split_and_a_file_at_once_are_refused(client: Client) -> None:
    frozen = Frozen(client)
    both = {"prompts": f"{frozen.version.pk}:test"}
    answer = client.post(frozen.office.at("new_run"), frozen.office.form(**both))
    assert answer.status_code == 422
    assert "You chose a split and a file." in answer.content.decode()
    assert not EvaluationRun.objects.exists()


class Frozen:
    """A house with a version of 24 examples, and a model that was tuned on it."""

    def __init__(self, client: Client) -> None:
        self.house = ProjectWithMembers()
        self.house.many(24, intent="returns")
        self.version: DatasetVersion = self.house.freeze(
            shares={"train": 50, "validation": 0, "test": 50}
        )
        self.office = Office(client, self.house.project)
        self.tuned: ModelVersion = make_model_version(
            self.house.project, dataset_version_id=self.version.pk
        )

    def post(self, *rows: dict[str, Any], **changed: Any) -> Any:
        """Send the form with a file of these rows, or without rows with the test split."""
        form = self.office.form(candidate_id=self.tuned.pk, **changed)
        form["prompts"] = "" if rows else f"{self.version.pk}:test"
        form["prompt_file"] = prompt_file(*rows) if rows else ""
        return self.office.client.post(self.office.at("new_run"), form)


def test_a_run_is_set_up_from_a_test_split(client: Client) -> None:
    frozen = Frozen(client)
    assert frozen.post().status_code == 302
    run = EvaluationRun.objects.get()
    assert (run.dataset_version, run.split) == (frozen.version, "test")
    first = run.comparisons.earliest("position")
    assert first.revision is not None
    assert first.prompt == first.revision.messages[:-1]


def test_prompts_that_the_candidate_was_trained_on_are_named(client: Client) -> None:
    frozen = Frozen(client)
    learned = frozen.version.items.filter(split="train")[0].revision.messages
    question = next(turn["content"] for turn in learned if turn["role"] == "user")
    rows = [row(number) for number in range(20)] + [row(99, messages=learned)]
    answer = frozen.post(*rows)
    assert answer.status_code == 409
    shown = answer.content.decode()
    assert "was trained on 1 of these prompts" in shown
    assert question.casefold()[:60] in shown
    assert not EvaluationRun.objects.exists()
    answer = frozen.post(*rows, exclude_leaked="on")
    assert answer.status_code == 302
    run = EvaluationRun.objects.get()
    assert run.comparisons.count() == 20
    assert run.events.get().detail["left_out"] == 1


def test_the_same_first_message_is_pointed_out(client: Client) -> None:
    frozen = Frozen(client)
    learned = frozen.version.items.filter(split="train")[0].revision.messages
    question = next(turn["content"] for turn in learned if turn["role"] == "user")
    rows = [row(number) for number in range(20)]
    rows.append(row(99, messages=[{"role": "user", "content": f"  {question.upper()}"}]))
    frozen.post(*rows)
    run = EvaluationRun.objects.get()
    shown = client.get(frozen.office.at("run_setup", run.pk)).content.decode()
    assert "Check these prompts" in shown


def test_the_intents_of_a_split_are_shown_before_the_run_exists(client: Client) -> None:
    frozen = Frozen(client)
    url = frozen.office.at("preview_intents")
    choice = f"{frozen.version.pk}:test"
    size = frozen.version.items.filter(split="test").count()
    shown = client.get(url, {"prompts": choice, "preset": "standard"}).content.decode()
    assert "returns" in shown
    assert f">{size}<" in shown
    for nonsense in ("", "x:y", "999999:test"):
        assert "returns" not in client.get(url, {"prompts": nonsense}).content.decode()


def arrangement(*rows: tuple[str, str, str]) -> dict[str, str]:
    return {
        f"{name}-{number}": value
        for number, row in enumerate(rows)
        for name, value in zip(("counted", "gated", "threshold"), row, strict=True)
    }


def test_intents_are_grouped_by_the_name_they_are_counted_as(office: Office) -> None:
    run = make_run(office.project, raters=office.reviewers)
    rows = arrangement(("money", "yes", "0.45"), ("money", "yes", "0.45"))
    office.client.post(office.at("run_group_intents", run.pk), rows)
    group = run.intents.get()
    assert (group.name, group.members) == ("money", ["refunds", "returns"])
    assert float(group.threshold or 0) == 0.45


def test_members_of_a_group_cannot_ask_for_different_gates(office: Office) -> None:
    run = make_run(office.project, raters=office.reviewers)
    rows = arrangement(("money", "yes", ""), ("money", "no", ""))
    answer = office.client.post(office.at("run_group_intents", run.pk), rows)
    assert answer.status_code == 409
    assert "have different gates" in answer.content.decode()


def test_terms_are_changed_and_intents_stay(office: Office) -> None:
    run = make_run(office.project, raters=office.reviewers)
    rows = arrangement(("money", "yes", ""), ("money", "yes", ""))
    office.client.post(office.at("run_group_intents", run.pk), rows)
    url = office.at("run_terms", run.pk)
    assert office.client.get(url).status_code == 200
    changed = FORM | {
        "title": "Blue or green",
        "preset": "strict",
        "both_bad_limit": "0.2",
        "max_p95_ratio": "1.5",
        "rater_ids": [office.reviewers[0].pk],
    }
    assert office.client.post(url, changed).status_code == 302
    run.refresh_from_db()
    assert (run.title, run.raters.count()) == ("Blue or green", 1)
    assert run.gate_settings["t_intent"] == 0.5
    assert run.gate_settings["operational"]["max_p95_ratio"] == 1.5
    assert [intent.name for intent in run.intents.all()] == ["money"]
    shown = office.client.get(office.at("run_setup", run.pk)).content.decode()
    assert "The run has 1 reviewer and needs 2" in shown


def test_answers_are_started_paused_and_resumed(office: Office) -> None:
    run = make_run(office.project, raters=office.reviewers)
    assert office.act(run, "start_generation").status_code == 302
    run.refresh_from_db()
    assert (run.state, run.answers.count()) == ("generating", 40)
    page = office.at("run_setup", run.pk)
    assert "0 of 40 answers" in office.client.get(page).content.decode()
    office.act(run, "pause")
    assert "Paused: no answer is requested" in office.client.get(page).content.decode()
    office.act(run, "resume")
    assert "Paused: no answer is requested" not in office.client.get(page).content.decode()


def test_the_poll_stops_and_reloads_when_nothing_is_under_way(office: Office) -> None:
    run = make_generating_run(project=office.project)
    url = office.at("run_progress", run.pk)
    running = office.client.get(url)
    assert (running.status_code, "every 2s" in running.content.decode()) == (200, True)
    runs.pause_run(run_id=run.pk, actor=None)
    ended = office.client.get(url)
    assert (ended.status_code, ended["HX-Refresh"]) == (286, "true")
    assert "every 2s" not in ended.content.decode()


def test_what_failed_is_shown_by_model_and_reason(office: Office) -> None:
    run = make_generating_run(project=office.project)
    run.answers.update(state="done", text="yes", response_model="other", finished_at=timezone.now())
    reason = message("providers.too_long", details="5,000 tokens.", status=400)
    run.answers.filter(model_version=run.candidate).update(state="failed", error=reason)
    page = office.at("run_setup", run.pk)
    shown = office.client.get(page).content.decode()
    assert "5,000 tokens." in shown
    assert "20 answers" in shown
    assert "a model called other" in shown
    assert "Continue without the failed answers" in shown
    office.act(run, "retry_failed")
    assert run.answers.filter(state="waiting").count() == 20


def test_a_run_that_could_never_pass_says_so_instead_of_starting(office: Office) -> None:
    run = make_run(office.project, examples=6, raters=office.reviewers)
    shown = office.client.get(office.at("run_setup", run.pk)).content.decode()
    assert "Before this run can start" in shown
    assert "Generate answers" not in shown
    assert office.act(run, "start_generation").status_code == 409


def test_who_knows_a_model_from_an_earlier_run_is_named(office: Office) -> None:
    ann, bob = office.reviewers
    earlier = make_run(office.project, raters=[ann], name="Spring", candidate=office.candidate)
    run = make_run(office.project, raters=[ann, bob], candidate=office.candidate)
    other = make_run(office.project, raters=[ann, bob])
    page = office.at("run_setup", run.pk)
    closing.close_run(run_id=earlier.pk, actor=None, reason="enough")
    assert "was revealed" not in office.client.get(page).content.decode()
    closing.reveal_run(run_id=earlier.pk, actor=None)
    told = f"“Spring” was revealed to {ann}, who may recognise"
    assert told in office.client.get(page).content.decode()
    assert (
        "was revealed" not in office.client.get(office.at("run_setup", other.pk)).content.decode()
    )


def test_a_title_that_names_a_model_stands_in_the_way(office: Office) -> None:
    run = make_run(office.project, raters=office.reviewers, candidate=office.candidate)
    EvaluationRun.objects.update(title=f"Is {office.candidate.name.upper()} better?")
    shown = office.client.get(office.at("run_setup", run.pk)).content.decode()
    assert "which reviewers must not know" in shown
    assert office.act(run, "start_generation").status_code == 409


def test_what_nobody_knows_is_not_done(office: Office) -> None:
    run = make_run(office.project, raters=office.reviewers)
    assert office.act(run, "delete").status_code == 409
    assert office.act(run, "withdraw_comparison").status_code == 409


def test_the_list_asks_as_often_for_many_runs_as_for_one(
    office: Office, django_assert_max_num_queries: Any
) -> None:
    models: dict[str, Any] = {"candidate": office.candidate, "baseline": office.baseline}
    for number in range(5):
        make_run(office.project, name=f"run {number}", raters=office.reviewers, **models)
    with django_assert_max_num_queries(12):
        shown = office.client.get(office.at("runs")).content.decode()
    assert all(f"run {number}" in shown for number in range(5))


def test_an_empty_list_offers_the_first_step(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    url = reverse("evaluation:runs", args=[project.slug])
    assert "Go to the models" in client.get(url).content.decode()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_others_do_not_reach_the_pages(office: Office, client: Client, role: Role) -> None:
    run = make_run(office.project, raters=office.reviewers)
    client.force_login(make_member(office.project, role))
    for name in ("runs", "new_run"):
        assert client.get(office.at(name)).status_code == 403
    addresses = [office.at(name, run.pk) for name in ("run_setup", "run_terms", "run_progress")]
    assert {client.get(address).status_code for address in addresses} == {403}
    assert office.act(run, "start_generation").status_code == 403


def test_a_run_of_another_project_is_not_found(office: Office) -> None:
    assert office.client.get(office.at("run_setup", make_run().pk)).status_code == 404
