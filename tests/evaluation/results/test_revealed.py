"""What reviewers see of a run after its lead has said which model wrote what."""

from collections import Counter
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluation.results.actions import closing
from evaluation.results.reports import examples
from evaluation.runs.models import EvaluationRun
from evaluation.stats.verdicts import Verdict
from evaluation.voting.actions import leases, votes
from evaluation.voting.blinding import resolve
from evaluation.voting.models import Lease, Vote
from reviewapp.people.models import User
from tests.factories.people import make_project
from tests.factories.runs import make_voting_run
from tests.factories.voting import make_reviewers, make_small_run

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 12


def address(run: EvaluationRun) -> str:
    return f"/p/{run.project.slug}/vote/{run.pk}/revealed/"


def vote_on(run: EvaluationRun, person: User, *choices: str) -> None:
    for choice in choices:
        (served,) = leases.lease_comparisons(run_id=run.pk, actor=person, count=1)
        votes.cast_and_lease(actor=person, lease_id=served.public_id, choice=choice)


@pytest.fixture
def voted() -> tuple[EvaluationRun, User, User]:
    run, (ann, bob) = make_small_run(votes=2)
    vote_on(run, ann, "left", "right", "both_good", "both_bad")
    vote_on(run, bob, "both_good")
    return run, ann, bob


def reveal(run: EvaluationRun) -> None:
    closing.close_run(run_id=run.pk, actor=None, reason="enough")
    closing.reveal_run(run_id=run.pk, actor=None)


def test_nothing_is_shown_before_a_closed_run_is_revealed(
    client: Client, voted: tuple[EvaluationRun, User, User]
) -> None:
    run, ann, _bob = voted
    client.force_login(ann)
    listed, done = f"/p/{run.project.slug}/vote/", f"/p/{run.project.slug}/vote/{run.pk}/"
    assert client.get(address(run)).status_code == HTTPStatus.NOT_FOUND
    closing.close_run(run_id=run.pk, actor=None, reason="enough")
    assert client.get(address(run)).status_code == HTTPStatus.NOT_FOUND
    for page in (listed, done):
        assert address(run) not in client.get(page).content.decode()
    closing.reveal_run(run_id=run.pk, actor=None)
    for page in (listed, done):
        assert address(run) in client.get(page).content.decode()
    assert client.get(address(run)).status_code == HTTPStatus.OK


def test_my_answers_stand_where_they_stood_under_their_names(
    client: Client, voted: tuple[EvaluationRun, User, User]
) -> None:
    run, ann, _bob = voted
    reveal(run)
    client.force_login(ann)
    context = client.get(address(run)).context
    names = {"candidate": run.candidate.name, "baseline": run.baseline.name}
    shown = {example.comparison.pk: example for example in context["examples"]}
    for vote in Vote.objects.filter(rater__user=ann):
        example = shown.pop(vote.comparison_id)
        left, right = example.sides
        assert (example.choice, left.contender) == (vote.choice, vote.left)
        assert [side.answer.model_version.name for side in example.sides] == [
            names[left.contender],
            names[right.contender],
        ]
        chosen = [side.contender for side in example.sides if side.is_chosen]
        assert chosen == ([vote.verdict] if vote.verdict in names else [])
    assert shown == {}
    sides = Lease.objects.filter(rater__user=ann).order_by("pk").values_list("left", flat=True)
    clicks = ["left", "right", "both_good", "both_bad"]
    expected = Counter(resolve(click, left=left) for click, left in zip(clicks, sides, strict=True))
    assert context["verdicts"] == {verdict: expected[verdict] for verdict in Verdict}


def test_only_my_own_votes_are_shown(
    client: Client, voted: tuple[EvaluationRun, User, User]
) -> None:
    run, _ann, bob = voted
    reveal(run)
    client.force_login(bob)
    response = client.get(address(run))
    assert [example.choice for example in response.context["examples"]] == ["both_good"]
    assert "You chose: both good" in response.content.decode()


def test_who_has_no_seat_is_told_so(
    client: Client, voted: tuple[EvaluationRun, User, User]
) -> None:
    run, _ann, _bob = voted
    reveal(run)
    (late,) = make_reviewers(run.project, 1)
    client.force_login(late)
    assert client.get(address(run)).status_code == HTTPStatus.FORBIDDEN
    elsewhere = make_project()
    (other,) = make_reviewers(elsewhere, 1)
    client.force_login(other)
    assert client.get(address(run)).status_code == HTTPStatus.NOT_FOUND


def test_many_votes_come_in_pages_that_the_address_names(
    client: Client,
    voted: tuple[EvaluationRun, User, User],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, ann, _bob = voted
    reveal(run)
    client.force_login(ann)
    monkeypatch.setattr(examples, "PAGE_SIZE", 3)
    seen, query = [], ""
    for _ in range(2):
        context = client.get(address(run) + query).context
        seen += [example.comparison.position for example in context["examples"]]
        query = context["next_url"]
    assert (seen, query) == ([1, 2, 3, 4], "")
    assert client.get(address(run) + context["previous_url"]).context["previous_url"] == ""


def test_the_page_costs_the_same_few_statements_for_one_vote_and_for_four(
    client: Client,
    voted: tuple[EvaluationRun, User, User],
) -> None:
    run, *people = voted
    reveal(run)
    counts = []
    for person in people:
        client.force_login(person)
        with CaptureQueriesContext(connection) as counted:
            client.get(address(run))
        counts.append(len(counted))
    assert counts[0] == counts[1] <= MOST_STATEMENTS


def test_nothing_is_shown_while_one_of_the_models_is_still_to_be_voted_on(
    client: Client, voted: tuple[EvaluationRun, User, User]
) -> None:
    run, ann, bob = voted
    reveal(run)
    other = make_voting_run(run.project, examples=4, raters=[ann])
    page = f"/p/{run.project.slug}/vote/"
    client.force_login(ann)
    assert client.get(address(run)).status_code == HTTPStatus.OK
    for field in ("candidate", "baseline"):
        models = {"candidate": other.candidate, "baseline": other.baseline}
        EvaluationRun.objects.filter(pk=other.pk).update(**(models | {field: run.candidate}))
        answer = client.get(address(run))
        assert answer.status_code == HTTPStatus.CONFLICT
        assert run.candidate.name not in answer.content.decode()
        assert address(run) not in client.get(page).content.decode()
    client.force_login(bob)
    assert client.get(address(run)).status_code == HTTPStatus.OK
    closing.close_run(run_id=other.pk, actor=None, reason="enough")
    client.force_login(ann)
    assert client.get(address(run)).status_code == HTTPStatus.OK
    assert address(run) in client.get(page).content.decode()
