"""The voting pages over HTTP: what a vote costs, plain forms, refusals, the last page."""

import json
import re
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.voting.actions import leases, votes
from evaluation.voting.models import Lease, Vote
from reviewapp.people.models import Project
from tests.factories.examples import make_approved_example
from tests.factories.people import make_project
from tests.factories.voting import make_reviewers, make_small_run

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 12


def address(run: EvaluationRun, verb: str = "") -> str:
    return f"/p/{run.project.slug}/vote/{run.pk}/{verb}"


def post(client: Client, run: EvaluationRun, verb: str, **fields: object) -> Any:
    """Post as the script does; status and answer."""
    headers = {"Accept": "application/json"}
    response = client.post(address(run, f"{verb}/"), fields, headers=headers)
    return response.status_code, json.loads(response.content)


def statements_of_a_vote(client: Client, *, examples: int, reviewers: int) -> int:
    run, people = make_small_run(reviewers=reviewers, examples=examples)
    for person in people[1:]:
        leases.lease_comparisons(run_id=run.pk, actor=person)
    client.force_login(people[0])
    first, second = leases.lease_comparisons(run_id=run.pk, actor=people[0])
    fields = {"lease": first.public_id, "choice": "left", "known": second.public_id}
    with CaptureQueriesContext(connection) as counted:
        status, answer = post(client, run, "cast", **fields)
    assert (status, len(answer["next"])) == (HTTPStatus.OK, 1)
    return len(counted)


def test_a_vote_costs_the_same_few_statements_however_large_the_run(client: Client) -> None:
    counts = {
        statements_of_a_vote(client, examples=examples, reviewers=reviewers)
        for examples, reviewers in ((20, 1), (400, 1), (80, 32))
    }
    assert len(counts) == 1
    assert max(counts) <= MOST_STATEMENTS


def test_the_list_shows_what_waits_for_me(client: Client) -> None:
    run, (ann, _bob) = make_small_run()
    EvaluationRun.objects.filter(pk=run.pk).update(title="Returns study")
    client.force_login(ann)
    page = client.get(f"/p/{run.project.slug}/vote/").content.decode()
    assert "Returns study" in page
    assert "You: 0 done. All reviewers: 4 comparisons left" in page
    assert run.name not in page


def test_the_page_speaks_german_and_its_script_reads_plain_numbers(client: Client) -> None:
    run, (ann, _bob) = make_small_run()
    for lease in leases.lease_comparisons(run_id=run.pk, actor=ann):
        votes.cast_and_lease(actor=ann, lease_id=lease.public_id, choice="left")
    client.force_login(ann)
    page = client.get(address(run), headers={"accept-language": "de"}).content.decode()
    assert "Unterschiede markieren" in page
    assert "Sie: 2 erledigt. Alle Prüfer: 2 Vergleiche übrig" in page
    assert "Richtlinie befolgt" in page
    assert re.search(r'data-seconds-each="\d+\.\d+"', page)


def test_help_opens_in_a_new_tab_beside_the_comparison(client: Client) -> None:
    run, (ann, *_) = make_small_run()
    client.force_login(ann)
    page = client.get(address(run)).content.decode()
    assert re.search(r'<a [^>]*href="/help/vote/" target="_blank" rel="noopener"', page)


def test_the_list_says_when_nothing_waits(client: Client) -> None:
    project: Project = make_project()
    (ann,) = make_reviewers(project, 1)
    client.force_login(ann)
    page = client.get(f"/p/{project.slug}/vote/").content.decode()
    assert "No run waits for your votes" in page


def test_without_scripts_a_vote_comes_back_to_the_page_and_asks_why(client: Client) -> None:
    run, (ann, _bob) = make_small_run()
    client.force_login(ann)
    (first, _second) = leases.lease_comparisons(run_id=run.pk, actor=ann)
    fields = {"lease": str(first.public_id), "choice": "left"}
    response = client.post(address(run, "cast/"), fields, follow=True)
    page = response.content.decode()
    assert response.redirect_chain[0][0] == address(run, f"?after={first.public_id}")
    assert "Your vote is stored" in page
    reasons = {"lease": str(first.public_id), "left": ["correct"], "rationale": "Kind"}
    assert client.post(address(run, "reasons/"), reasons).status_code == HTTPStatus.FOUND
    vote = Vote.objects.get()
    assert (vote.reasons, vote.rationale) == ({"left": ["correct"]}, "Kind")


@pytest.mark.parametrize("verb", ["skip", "undo"])
def test_without_scripts_skip_and_undo_come_back_to_the_page(client: Client, verb: str) -> None:
    run, (ann, _bob) = make_small_run(votes=2)
    client.force_login(ann)
    (first, _second) = leases.lease_comparisons(run_id=run.pk, actor=ann)
    fields = {"lease": str(first.public_id), "choice": "left"}
    if verb == "undo":
        client.post(address(run, "cast/"), fields)
    response = client.post(address(run, f"{verb}/"), fields)
    assert (response.status_code, response["Location"]) == (HTTPStatus.FOUND, address(run))
    page = client.get(address(run)).content.decode()
    assert {"skip": "Skipped", "undo": "Undone"}[verb] in page
    state = {"skip": "skipped", "undo": "undone"}[verb]
    assert Lease.objects.get(public_id=first.public_id).state == state


def test_a_refusal_is_a_sentence_with_its_status(client: Client) -> None:
    run, (ann, _bob) = make_small_run()
    client.force_login(ann)
    (first, second) = leases.lease_comparisons(run_id=run.pk, actor=ann)
    assert post(client, run, "cast", lease=first.public_id, choice="left")[0] == HTTPStatus.OK
    status, answer = post(client, run, "cast", lease=first.public_id, choice="right")
    assert status == HTTPStatus.CONFLICT
    assert "The first vote counts" in answer["error"]
    fields = {"lease": second.public_id, "choice": "left", "criterion_1": "middle"}
    status, answer = post(client, run, "cast", **fields)
    assert status == HTTPStatus.CONFLICT
    assert "criteri" in answer["error"]
    assert not run.votes.filter(lease__public_id=second.public_id).exists()
    status, answer = post(client, run, "cast", lease="x", choice="right")
    assert (status, "Reload" in answer["error"]) == (HTTPStatus.UNPROCESSABLE_ENTITY, True)


def test_what_the_browser_has_is_not_sent_again(client: Client) -> None:
    run, (ann, _bob) = make_small_run()
    client.force_login(ann)
    first, second = leases.lease_comparisons(run_id=run.pk, actor=ann)
    _status, all_of_them = post(client, run, "lease")
    assert [comparison["id"] for comparison in all_of_them["next"]] == [
        str(first.public_id),
        str(second.public_id),
    ]
    _status, rest = post(client, run, "lease", known=f"{first.public_id},nonsense")
    assert [comparison["id"] for comparison in rest["next"]] == [str(second.public_id)]


def test_each_next_comparison_is_small(client: Client) -> None:
    run, (ann, _bob) = make_small_run(examples=8)
    client.force_login(ann)
    first, second = leases.lease_comparisons(run_id=run.pk, actor=ann)
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
    fields = {"lease": first.public_id, "choice": "left", "known": second.public_id}
    response = client.post(address(run, "cast/"), fields, headers=headers)
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < 10_000


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"paused": True}, "paused"),
        ({"state": "closed"}, "closed"),
        ({"state": "generating"}, "not_open"),
    ],
)
def test_the_page_says_why_there_is_nothing(
    client: Client, changes: dict[str, Any], reason: str
) -> None:
    run, (ann, _bob) = make_small_run()
    EvaluationRun.objects.filter(pk=run.pk).update(**changes)
    client.force_login(ann)
    page = client.get(address(run))
    assert page.context["nothing"] == reason
    assert str(page.context["why"]) in page.content.decode()


def test_the_page_says_that_the_rest_is_being_voted_on(client: Client) -> None:
    run, (ann, bob) = make_small_run(examples=2)
    leases.lease_comparisons(run_id=run.pk, actor=bob)
    client.force_login(ann)
    assert client.get(address(run)).context["nothing"] == "held"


def test_the_last_page_says_what_i_did_and_what_else_waits(client: Client) -> None:
    run, (ann, _bob) = make_small_run(examples=1)
    client.force_login(ann)
    (only,) = leases.lease_comparisons(run_id=run.pk, actor=ann)
    status, answer = post(client, run, "cast", lease=only.public_id, choice="left")
    assert (status, answer) == (HTTPStatus.OK, {"next": []})
    page = client.get(address(run)).content.decode()
    assert "All done, thank you" in page
    assert "No other run needs your votes now." in page


def test_a_run_of_another_project_is_not_found(client: Client) -> None:
    run, (ann, _bob) = make_small_run()
    other, (_cy,) = make_small_run(reviewers=1)
    ann.memberships.create(project=other.project, role="reviewer")
    client.force_login(ann)
    response = client.get(f"/p/{other.project.slug}/vote/{run.pk}/")
    assert response.status_code == HTTPStatus.NOT_FOUND


def test_a_broken_example_of_the_golden_set_goes_back_to_curation(client: Client) -> None:
    example = make_approved_example()
    run, (ann, _bob) = make_small_run(project=example.project, revision=example.latest_revision)
    client.force_login(ann)
    (first, _second) = leases.lease_comparisons(run_id=run.pk, actor=ann)
    status, _answer = post(client, run, "broken", lease=first.public_id, note="Cut off")
    assert status == HTTPStatus.OK
    example.refresh_from_db()
    assert example.state == "draft"
    event = example.events.latest("pk")
    assert (event.actor, event.reason) == (ann, "Cut off")


@pytest.mark.parametrize("note", ["", " ", "\n\t "])
def test_a_report_without_words_sets_nothing_aside(client: Client, note: str) -> None:
    run, (ann, _bob) = make_small_run()
    client.force_login(ann)
    (held,) = leases.lease_comparisons(run_id=run.pk, actor=ann, count=1)
    status, answer = post(client, run, "broken", lease=held.public_id, note=note)
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer["error"]
    assert Lease.objects.get(public_id=held.public_id).state == Lease.State.LEASED
    assert not run.comparisons.exclude(state=Comparison.State.OPEN).exists()


def test_no_browser_keeps_the_page_for_later(client: Client) -> None:
    run, (ann, _bob) = make_small_run()
    client.force_login(ann)
    assert "no-store" in client.get(address(run)).headers["Cache-Control"]


def test_own_words_that_are_too_long_come_back_with_a_sentence(client: Client) -> None:
    run, (ann, _bob) = make_small_run()
    client.force_login(ann)
    (held,) = leases.lease_comparisons(run_id=run.pk, actor=ann, count=1)
    note = "cut off " * 60
    status, answer = post(client, run, "broken", lease=held.public_id, note=note)
    assert (status, "at most 400" in answer["error"]) == (422, True)
    page = client.post(address(run, "broken/"), {"lease": held.public_id, "note": note})
    assert page.status_code == HTTPStatus.CONFLICT
    assert note.strip() in page.content.decode()


def test_a_line_break_counts_once_as_in_the_browser(client: Client) -> None:
    run, (ann, _bob) = make_small_run()
    client.force_login(ann)
    (held,) = leases.lease_comparisons(run_id=run.pk, actor=ann, count=1)
    note = "a\r\n" * 150
    status, _ = post(client, run, "broken", lease=held.public_id, note=note)
    assert status == HTTPStatus.OK
    assert Lease.objects.get(public_id=held.public_id).note == ("a\n" * 150).strip()
