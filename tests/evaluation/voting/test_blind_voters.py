"""Whoever votes stays blind on every page and API, also as a lead or as a curator."""

import json
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client

from datasets.curation.models import GoldenExample
from evaluation.promotion import actions as promotion
from evaluation.results.actions import closing
from evaluation.results.actions.raters import remove_rater
from evaluation.runs.models import EvaluationRun, RemovalRule
from evaluation.runs.prompt_sets import prompts_of_split
from evaluation.runs.setup_summary import unblinded_reviewers
from evaluation.voting.actions import leases
from reviewapp.people.actions.members import create_token, remove_member
from reviewapp.people.models import Role, User
from tests.datasets.comments.talk import comment_on
from tests.factories.people import make_member
from tests.factories.runs import make_model_version, make_run
from tests.factories.versions import ProjectWithMembers
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
SPLIT = "test"


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {create_token(user=user).secret}"}


class Office:
    """A closed run and an open one of the same candidate; a lead votes in the open one."""

    def __init__(self) -> None:
        self.earlier, (ann, _bob) = make_small_run()
        closing.close_run(run_id=self.earlier.pk, actor=None)
        project = self.earlier.project
        self.lead = make_member(project, Role.LEAD, name="Lena Lead")
        self.other_lead = make_member(project, Role.LEAD)
        # Answers from a file cannot be asked for again, so the new run begins with other models.
        models = [make_model_version(project) for _ in range(2)]
        self.run = make_run(
            project, raters=[self.lead, ann], candidate=models[0], baseline=models[1]
        )
        self.set_state("voting")

    def set_state(self, state: str) -> None:
        """Put the open run where a test wants it, on the candidate of the earlier one."""
        EvaluationRun.objects.filter(pk=self.run.pk).update(
            state=state, candidate=self.earlier.candidate
        )

    def examples_page(self, client: Client, user: User) -> int:
        client.force_login(user)
        slug = self.earlier.project.slug
        return client.get(f"/p/{slug}/runs/{self.earlier.pk}/examples/").status_code


@pytest.mark.parametrize("state", ["generating", "voting"])
def test_a_lead_who_votes_reads_no_answer_of_the_same_model_by_name(
    client: Client, state: str
) -> None:
    office = Office()
    office.set_state(state)
    assert office.examples_page(client, office.lead) == HTTPStatus.FORBIDDEN
    assert office.examples_page(client, office.other_lead) == HTTPStatus.OK
    office.set_state("closed")
    assert office.examples_page(client, office.lead) == HTTPStatus.OK


def test_the_set_up_names_leads_who_vote_and_can_have_read_answers_by_name() -> None:
    office = Office()
    office.set_state("draft")
    office.run.refresh_from_db()
    (sentence,) = unblinded_reviewers(office.run)
    assert "Lena Lead" in sentence
    assert office.earlier.name in sentence


class Serving:
    """A model in production, and who asks the alias API for it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.run, (self.ann, _bob) = make_small_run()
        self.project = self.run.project
        self.lead = make_member(self.project, Role.LEAD)
        promotion.declare(
            project=self.project,
            alias="production",
            model_id=self.run.baseline_id,
            note="It served before.",
            actor=self.lead,
        )

    def ask(self, user: User, **more: str) -> Any:
        address = f"/api/v1/aliases/{self.project.slug}/production"
        return self.client.get(address, headers={**bearer(user), **more})


def test_only_leads_learn_which_model_an_alias_names(client: Client) -> None:
    serving = Serving(client)
    for role in (Role.ANNOTATOR, Role.REVIEWER):
        answer = serving.ask(make_member(serving.project, role))
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert serving.run.baseline.name not in answer.content.decode()
    assert serving.ask(serving.lead).status_code == HTTPStatus.OK


def test_a_lead_who_votes_on_a_model_does_not_learn_its_address(client: Client) -> None:
    serving = Serving(client)
    serving.ann.memberships.create(project=serving.project, role=Role.LEAD)
    etag = serving.ask(serving.lead)["ETag"]
    for more in ({}, {"If-None-Match": etag}):
        assert serving.ask(serving.ann, **more).status_code == HTTPStatus.FORBIDDEN
    closing.close_run(run_id=serving.run.pk, actor=None)
    assert serving.ask(serving.ann).status_code == HTTPStatus.OK


class Golden:
    """A run over the test split of a version, in which the house's reviewer votes."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.house = ProjectWithMembers()
        self.house.many(12)
        version = self.house.freeze(shares={"train": 50, "validation": 0, "test": 50})
        models = [make_model_version(self.house.project) for _ in range(2)]
        prompts = prompts_of_split(version, SPLIT).prompts
        self.run = make_run(
            self.house.project,
            raters=[self.house.reviewer],
            candidate=models[0],
            baseline=models[1],
            prompts=prompts,
        )
        EvaluationRun.objects.filter(pk=self.run.pk).update(state="voting")
        compared = self.run.comparisons.values("revision__example")
        self.compared = GoldenExample.objects.filter(pk__in=compared).earliest("pk")
        self.free = GoldenExample.objects.exclude(pk__in=compared).earliest("pk")
        self.headers: dict[str, str] = {}

    def sign_in(self, user: User) -> None:
        """Continue as this user, on pages and with a token of theirs."""
        self.client.force_login(user)
        self.headers = bearer(user)

    def status(self, address: str) -> int:
        answer = self.client.get(address, headers=self.headers)
        if answer.streaming:
            b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        return answer.status_code


def addresses(example: GoldenExample, split: str) -> list[str]:
    """Return where a golden example, its threads and the file with it are read."""
    page = f"/p/{example.project.slug}/examples/{example.pk}/"
    return [
        page,  # with the threads
        f"{page}changes/",
        f"{page}mentionable/",
        f"/p/{example.project.slug}/versions/1/{split}.jsonl",
        f"/api/v1/projects/{example.project.slug}/examples/{example.pk}/threads",
    ]


def test_a_reviewer_reads_no_golden_answer_of_what_they_compare(client: Client) -> None:
    golden = Golden(client)
    golden.sign_in(golden.house.reviewer)
    for address in addresses(golden.compared, SPLIT):
        assert golden.status(address) == HTTPStatus.FORBIDDEN, address
    for address in addresses(golden.free, "train"):
        assert golden.status(address) == HTTPStatus.OK, address
    closing.close_run(run_id=golden.run.pk, actor=None)
    for address in addresses(golden.compared, SPLIT):
        assert golden.status(address) == HTTPStatus.OK, address


def test_who_does_not_vote_reads_every_golden_answer(client: Client) -> None:
    golden = Golden(client)
    for person in (golden.house.author, golden.house.lead):
        golden.sign_in(person)
        for address in addresses(golden.compared, SPLIT):
            assert golden.status(address) == HTTPStatus.OK, address


def test_an_act_in_a_thread_of_what_they_compare_answers_a_reviewer_nothing(client: Client) -> None:
    golden = Golden(client)
    thread = comment_on(golden.compared, golden.house.author, "Is this so?").thread
    golden.sign_in(golden.house.reviewer)
    page, _changes, _names, _file, api = addresses(golden.compared, SPLIT)
    acts = [f"{page}threads/", f"{page}threads/read/", api, f"{api}/read"]
    acts += [f"{page}threads/{thread.pk}/{verb}/" for verb in ("reply", "resolve", "reopen")]
    acts += [f"{api}/{thread.pk}/{verb}" for verb in ("comments", "resolve", "reopen")]
    fields = json.dumps({"text": "Yes.", "last_comment": 1})
    for act in acts:
        answer = client.post(act, fields, content_type="application/json", headers=golden.headers)
        assert answer.status_code == HTTPStatus.FORBIDDEN, act
        assert "Is this so?" not in answer.content.decode(), act
    assert thread.comments.count() == 1


def test_the_api_leaves_out_the_golden_answers_of_what_its_caller_compares(client: Client) -> None:
    golden = Golden(client)
    headers = bearer(golden.house.reviewer)
    slug = golden.house.project.slug
    listed = client.get(f"/api/v1/projects/{slug}/examples", headers=headers).json()["items"]
    compared = set(golden.run.comparisons.values_list("revision__example", flat=True))
    assert compared
    assert not compared & {item["id"] for item in listed}
    assert golden.free.pk in {item["id"] for item in listed}
    answer = client.get(f"/api/v1/projects/{slug}/versions/1/{SPLIT}", headers=headers)
    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_a_vote_is_answered_alike_whether_it_completes_its_example_or_not(client: Client) -> None:
    keys: dict[int, tuple[list[str], list[str]]] = {}
    for needed in (1, 2):
        run, (ann, _bob) = make_small_run(votes=needed)
        client.force_login(ann)
        first, second = leases.lease_comparisons(run_id=run.pk, actor=ann)
        address = f"/p/{run.project.slug}/vote/{run.pk}/cast/"
        fields = {"lease": str(first.public_id), "choice": "left"}
        page = client.post(address, fields, headers={"Accept": "application/json"})
        api = client.post(
            f"/api/v1/comparisons/{second.public_id}/vote",
            {"choice": "left"},
            content_type="application/json",
            headers=bearer(ann),
        )
        assert (page.status_code, api.status_code) == (200, 200)
        keys[needed] = (list(page.json()), list(api.json()))
    assert keys[1] == keys[2] == (["next"], ["next"])


@pytest.mark.parametrize("loss", ["role", "rater"])
def test_a_repeated_request_is_refused_after_its_right_was_lost(client: Client, loss: str) -> None:
    run, (ann, _bob) = make_small_run(votes=2)
    lead = make_member(run.project, Role.LEAD)
    (served, *_rest) = leases.lease_comparisons(run_id=run.pk, actor=ann)
    headers = {**bearer(ann), "Idempotency-Key": "k1"}

    def vote() -> int:
        return client.post(
            f"/api/v1/comparisons/{served.public_id}/vote",
            json.dumps({"choice": "left"}),
            content_type="application/json",
            headers=headers,
        ).status_code

    assert (vote(), vote()) == (200, 200)
    if loss == "role":
        remove_member(project=run.project, user=ann, role=Role.REVIEWER, actor=lead, reason="Left.")
    else:
        rater = run.raters.get(user=ann)
        remove_rater(rater_id=rater.pk, actor=lead, rule=RemovalRule.OWN_REQUEST, reason="Asked.")
    assert vote() == HTTPStatus.FORBIDDEN
