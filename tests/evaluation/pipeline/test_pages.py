"""The pages and the API of the pipeline against the database."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.gates import Decision
from evaluation.promotion import actions as promotion
from evaluation.promotion.requests import PromotionRequest
from evaluation.registry.models import ModelVersion
from evaluation.runs.models import EvaluationRun, Rater
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role, Scope, User
from tests.factories.people import make_member
from tests.factories.promotions import make_decided_run
from tests.factories.runs import make_model_version
from tests.factories.trainings import make_training, work
from tests.factories.versions import ProjectWithMembers, make_filed_version
from tests.fake_trainings import FakeTrainings, fake_trainings

pytestmark = pytest.mark.django_db
MAX_QUERIES = 60


@pytest.fixture
def service() -> Iterator[FakeTrainings]:
    with fake_trainings() as running:
        yield running


def bearer(user: User) -> dict[str, str]:
    secret = create_token(user=user, scopes=[Scope.RUNS]).secret
    return {"Authorization": f"Bearer {secret}"}


def gates_of(response: Any) -> dict[str, str]:
    steps = response.context["steps"]
    return {str(gate.title): gate.badge for step in steps for gate in step.gates}


def evidence_of(client: Client, shown: Any) -> set[str]:
    """Open what each gate links to; return the names of the links."""
    gates = [gate for step in shown.context["steps"] for gate in step.gates if gate.url]
    for url in {gate.url for gate in gates}:
        address, _, fragment = url.partition("#")
        response = client.get(address)
        assert response.status_code == 200, url
        assert not fragment or f'id="{fragment}"' in response.content.decode(), url
    return {gate.evidence for gate in gates}


def test_a_version_leads_over_its_training_to_its_model(
    client: Client, service: FakeTrainings
) -> None:
    house = ProjectWithMembers()
    house.many(12, intent="returns")
    version = house.freeze()
    slug, client_of = house.project.slug, client
    client_of.force_login(house.lead)
    page = reverse("evaluation:version_pipeline", args=[slug, version.number])
    shown = client_of.get(page)
    gates = gates_of(shown)
    assert (gates["Share approved"], gates["Diversity"], gates["Roles"]) == (
        *("passed", "failed"),
        "passed",
    )
    train = f"{reverse('evaluation:new_training', args=[slug])}?version={version.number}"
    assert shown.context["next"].url == train
    training = work(make_training(version, service.url), rounds=2)
    page = reverse("evaluation:training_pipeline", args=[slug, training.pk])
    assert client_of.get(page).context["next"].url == reverse(
        "evaluation:training_run", args=[slug, training.pk]
    )
    work(training)
    final = ModelVersion.objects.get(checkpoint__training=training, checkpoint__is_final=True)
    moved = client_of.get(page, follow=True)
    assert moved.context["candidate"].model == final
    assert gates_of(moved)["Budget kept"] in {"passed", "failed"}
    found = {"Version 1", "Policies", "Coverage", f"Training {training.pk}", "Promotions"}
    found |= {"Models in service"}
    assert evidence_of(client_of, moved) == found
    assert f"candidate_id={final.pk}&prompts={version.pk}:test" in moved.context["next"].url
    listed = client_of.get(reverse("evaluation:pipeline", args=[slug])).context["rows"]
    assert [row.candidate.kind for row in listed] == ["model"] * training.checkpoints.count()
    for name, number in (("model", final.pk), ("training_run", training.pk)):
        linked = client_of.get(reverse(f"evaluation:{name}", args=[slug, number]))
        assert "/pipeline/" in linked.content.decode()


def test_the_page_shows_the_gates_of_the_run_and_goes_on_to_the_promotion(client: Client) -> None:
    run = make_decided_run()
    lead, slug = make_member(run.project, Role.LEAD), run.project.slug
    client.force_login(lead)
    page = reverse("evaluation:model_pipeline", args=[slug, run.candidate_id])
    with CaptureQueriesContext(connection) as queries:
        shown = client.get(page)
    assert len(queries) <= MAX_QUERIES, "more queries than one page may take"
    assert shown.context["facts"].run.decision is Decision.PROMOTE
    gates = gates_of(shown)
    assert {gates[name] for name in ("Win rate", "Sampling error", "Hygiene of the voting")} == {
        "passed"
    }
    assert shown.context["next"].url == reverse("evaluation:promote", args=[slug, run.pk])
    assert evidence_of(client, shown) == {f"Run {run.name}", "Promotions", "Models in service"}
    order = PromotionRequest(run_id=run.pk, alias="production", note="Better.")
    promotion.promote(request=order, actor=lead)
    shown = client.get(page)
    assert gates_of(shown)["Sign-off"] == "passed"
    assert shown.context["next"].url == reverse("evaluation:promotions", args=[slug])
    baseline = client.get(reverse("evaluation:model_pipeline", args=[slug, run.baseline_id]))
    assert f"candidate_id={run.baseline_id}" in baseline.context["next"].url


def make_hidden_run() -> tuple[EvaluationRun, User]:
    """A decided run that is still open, and a lead who votes in it."""
    run = make_decided_run()
    lead = make_member(run.project, Role.LEAD)
    Rater.objects.create(run=run, user=lead, name=lead.name)
    return run, lead


def test_a_lead_who_votes_in_the_run_learns_nothing_about_it(client: Client) -> None:
    run, lead = make_hidden_run()
    client.force_login(lead)
    slug = run.project.slug
    page = client.get(reverse("evaluation:model_pipeline", args=[slug, run.candidate_id]))
    assert page.context["facts"].run.results == ()
    assert gates_of(page)["Win rate"] == gates_of(page)["Hygiene of the voting"] == "open"
    rows = client.get(reverse("evaluation:pipeline", args=[slug])).context["rows"]
    row = next(row for row in rows if row.candidate.model == run.candidate)
    runs = reverse("evaluation:runs", args=[slug])
    assert {page.context["next"].url, row.next.url} == {runs}
    for address in ("", f"/model/{run.candidate_id}"):
        found = client.get(
            f"/api/v1/projects/{slug}/pipeline{address}", headers=bearer(lead)
        ).json()
        candidate = (
            found
            if address
            else next(item for item in found["items"] if item["number"] == run.candidate_id)
        )
        assert candidate["next"]["code"] == "pipeline.next.you_vote"
        assert "promote" not in str(candidate)


def test_the_api_gives_codes_and_parameters(client: Client) -> None:
    run = make_decided_run()
    lead, slug = make_member(run.project, Role.LEAD), run.project.slug
    headers = bearer(lead)
    found = client.get(
        f"/api/v1/projects/{slug}/pipeline/model/{run.candidate_id}", headers=headers
    ).json()
    assert (found["step"], found["next"]["target"]) == ("deploy", "promote")
    gates = {gate["gate"]: gate for step in found["steps"] for gate in step["gates"]}
    assert gates["sampling_error"]["reason"]["params"]["n"] == 80
    assert gates["approved_share"]["reason"]["code"] == "pipeline.no_version"
    missing = client.get(f"/api/v1/projects/{slug}/pipeline/version/9", headers=headers)
    assert missing.status_code == 404


def test_the_list_takes_the_same_queries_for_any_number_of_candidates(client: Client) -> None:
    run = make_decided_run()
    client.force_login(make_member(run.project, Role.LEAD))
    page = reverse("evaluation:pipeline", args=[run.project.slug])
    make_filed_version(run.project)
    client.get(page)
    with CaptureQueriesContext(connection) as before:
        client.get(page)
    for _ in range(3):
        make_model_version(run.project, dataset_version_id=make_filed_version(run.project).pk)
        make_filed_version(run.project)
    with CaptureQueriesContext(connection) as after:
        rows = client.get(page).context["rows"]
    assert len(rows) == 9
    assert len(after) <= len(before) + 1, "one for the files of the models' versions"


def test_a_candidate_of_another_project_is_not_found(client: Client) -> None:
    house = ProjectWithMembers()
    client.force_login(house.lead)
    other = make_model_version()
    at = reverse("evaluation:model_pipeline", args=[house.project.slug, other.pk])
    assert client.get(at).status_code == 404
