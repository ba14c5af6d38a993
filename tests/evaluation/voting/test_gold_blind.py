"""A reviewer cannot tell a gold check from a comparison: every answer has the same form."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.curation.models import Policy
from evaluation.results.actions import closing
from evaluation.runs.actions import gold_checks
from evaluation.runs.models import EvaluationRun, GoldCheck
from evaluation.voting.actions import gold_serving, leases
from evaluation.voting.models import GoldLease, Lease
from reviewapp.core.errors import InvalidInput
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role, User
from tests.evaluation.voting.test_blindness import CRITERIA, Listener, walk_the_page
from tests.evaluation.voting.test_gold import Always
from tests.factories.gold import BETTER, WORSE, make_gold_run
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db
# Each verb with its fields; "undo" goes on with the id that it returns.
STEPS: list[tuple[str, dict[str, str]]] = [
    ("reasons", {"rationale": "Too early"}),
    ("undo", {}),
    ("cast", {"choice": "left", "criterion_1": "right"}),
    ("cast", {"choice": "left", "criterion_1": "right"}),
    ("cast", {"choice": "left", "criterion_1": "left"}),
    ("cast", {"choice": "left"}),
    ("cast", {"choice": "right"}),
    ("cast", {"choice": "middle"}),
    ("cast", {"choice": "left", "criterion_3": "left"}),
    ("reasons", {"left": "correct", "rationale": "Clear", "recognised": "on"}),
    ("broken", {"note": "Cut off"}),
    ("undo", {}),
    ("skip", {}),
    ("skip", {}),
    ("undo", {}),
    ("broken", {"note": ""}),
    ("broken", {"note": "Cut off"}),
    ("broken", {"note": "Cut off"}),
    ("cast", {"choice": "left"}),
    ("undo", {}),
]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, settings: Any) -> tuple[EvaluationRun, User]:
    settings.VOTE_UNDO_SECONDS = 60
    monkeypatch.setattr(gold_serving, "_RANDOM", Always())
    run, (ann, _bob) = make_gold_run(percent=20, checks=2, examples=12, criteria=CRITERIA)
    leases.lease_comparisons(run_id=run.pk, actor=ann)
    return run, ann


def form_of(value: Any) -> Any:
    """Return the keys and kinds of an answer, with its sentences and without ids and texts."""
    if isinstance(value, dict):
        return {key: value[key] if key == "error" else form_of(value[key]) for key in value}
    if isinstance(value, list):
        return [form_of(entry) for entry in value[:1]]
    return type(value).__name__


def transcript(client: Client, run: EvaluationRun, lease: str) -> list[Any]:
    """Return the form of each answer to the steps on what a lease is for."""
    found = []
    for verb, fields in STEPS:
        address = reverse(f"evaluation:{verb}", args=[run.project.slug, run.pk])
        given = {"lease": lease, **fields}
        answer = client.post(address, given, headers={"Accept": "application/json"})
        body = json.loads(answer.content)
        if verb == "undo" and answer.status_code == 200:
            lease = body["next"][0]["id"]
        names = sorted(name for name in answer.headers if name != "Content-Length")
        shape = form_of({key: value for key, value in body.items() if key != "next"})
        found.append((verb, answer.status_code, names, "next" in body, shape))
    return found


def test_every_step_on_a_gold_check_is_answered_as_on_a_comparison(
    world: tuple[EvaluationRun, User], client: Client
) -> None:
    run, ann = world
    client.force_login(ann)
    ordinary = Lease.objects.get(rater__user=ann)
    gold = GoldLease.objects.get(rater__user=ann)
    expected = transcript(client, run, str(ordinary.public_id))
    assert transcript(client, run, str(gold.public_id)) == expected
    assert {status for _verb, status, *_rest in expected} >= {200, 409, 422}
    assert [status for verb, status, *_rest in expected if verb == "undo"] == [409, 200, 200, 409]


def test_the_api_answers_a_gold_check_as_a_comparison(world: tuple[EvaluationRun, User]) -> None:
    run, ann = world
    token = create_token(user=ann).secret
    api = Client(headers={"Authorization": f"Bearer {token}"})

    def call(lease: Lease | GoldLease, verb: str, **body: Any) -> tuple[int, Any]:
        address = f"/api/v1/comparisons/{lease.public_id}/{verb}"
        answer = api.post(address, json.dumps(body), content_type="application/json")
        return answer.status_code, form_of(json.loads(answer.content))

    steps: list[tuple[str, dict[str, Any]]] = [
        ("vote", {"choice": "left", "criteria": {"3": "left"}}),
        ("vote", {"choice": "left", "rationale": "Clear", "criteria": {"1": "right"}}),
        ("vote", {"choice": "left", "criteria": {"1": "left"}}),
        ("vote", {"choice": "right"}),
        ("undo", {}),
        ("skip", {}),
        ("broken", {"note": "Cut off"}),
    ]
    kinds = Lease.objects.get(rater__user=ann), GoldLease.objects.get(rater__user=ann)
    answers = [[call(lease, verb, **body) for verb, body in steps] for lease in kinds]
    assert answers[0] == answers[1]
    assert [status for status, _shape in answers[0]] == [422, 200, 409, 409, 200, 200, 200]
    assert api.get(f"/api/v1/runs/{run.pk}/progress").status_code == 200


def test_the_pages_of_a_whole_session_do_not_tell_gold_checks(
    world: tuple[EvaluationRun, User], client: Client
) -> None:
    run, ann = world
    client.force_login(ann)
    listener = Listener(client, run)
    walk_the_page(listener)
    listener.get(reverse("project_home", args=[run.project.slug]))
    listener.get(reverse("evaluation:reviewer", args=[run.project.slug, ann.pk]))
    assert GoldLease.objects.filter(rater__user=ann, state="voted").exists()
    text = "\n".join(listener.received)
    # The heading of a column that is empty until the run is closed.
    told = re.findall(r"gold.?check|gold.?lease|is_right|expected", text, re.IGNORECASE)
    assert set(told) <= {"Gold check"}
    assert (run.candidate.name in text, run.baseline.name in text) == (False, False)


def test_a_written_gold_check_is_served_with_its_policies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gold_serving, "_RANDOM", Always())
    run, (ann, _bob) = make_gold_run(percent=20, checks=1, examples=12, policies=["returns"])
    served = leases.lease_comparisons(run_id=run.pk, actor=ann)
    assert {BETTER in {shown.left, shown.right} for shown in served} == {True, False}
    assert [shown.policies for shown in served] == [["returns"], ["returns"]]


def test_the_page_of_gold_checks_stores_their_policies_and_refuses_unknown_ones(
    client: Client,
) -> None:
    project = make_project()
    Policy.objects.create(project=project, slug="returns", title="Returns")
    Policy.objects.create(project=make_project(), slug="elsewhere", title="Elsewhere")
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)
    page = reverse("evaluation:gold", args=[project.slug])
    fields = {"question": "May I?", "first": "Yes.", "second": "No.", "expected": "first"}
    fields |= {"explanation": "30 days."}
    assert client.post(page, {**fields, "policies": "elsewhere"}).status_code == 422
    assert client.post(page, {**fields, "policies": "returns"}).status_code == 302
    assert GoldCheck.objects.get(project=project).policies == ["returns"]
    with pytest.raises(InvalidInput, match="no policy elsewhere"):
        gold_checks.add_written(project=project, actor=lead, policies=["elsewhere"], **fields)


def test_a_vote_on_a_gold_check_ends_the_time_to_undo_the_one_before(
    world: tuple[EvaluationRun, User], client: Client
) -> None:
    run, ann = world
    client.force_login(ann)
    kinds = (Lease.objects.get(rater__user=ann), GoldLease.objects.get(rater__user=ann))
    statuses = []
    first, second = kinds
    page = reverse("evaluation:vote", args=[run.project.slug, run.pk])
    for lease, verb in ((first, "cast"), (second, "cast"), (first, "undo"), (second, "undo")):
        if verb == "undo":
            shown = client.get(page).context
            assert shown["after"].lease.public_id == second.public_id
            assert {shown["pair"].left, shown["pair"].right} == {BETTER, WORSE}
        address = reverse(f"evaluation:{verb}", args=[run.project.slug, run.pk])
        fields = {"lease": str(lease.public_id), "choice": "left"}
        answer = client.post(address, fields, headers={"Accept": "application/json"})
        statuses.append(answer.status_code)
    assert statuses == [200, 200, 409, 200]


def test_no_gold_check_is_given_out_or_answered_once_the_run_is_closed(
    world: tuple[EvaluationRun, User], client: Client
) -> None:
    run, ann = world
    client.force_login(ann)
    gold = GoldLease.objects.get(rater__user=ann)
    closing.close_run(run_id=run.pk, actor=None)
    for verb in ("cast", "skip", "undo", "reasons", "broken"):
        address = reverse(f"evaluation:{verb}", args=[run.project.slug, run.pk])
        fields = {"lease": str(gold.public_id), "choice": "left", "note": "x", "rationale": "x"}
        answer = client.post(address, fields, headers={"Accept": "application/json"})
        assert answer.status_code == 409, verb
    assert leases.release_leases(run_id=run.pk, actor=ann) >= 0
    gold.refresh_from_db()
    assert gold.state == "expired"
