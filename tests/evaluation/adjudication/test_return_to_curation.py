"""What reviewers of a closed run disagreed on goes back to curation; the threads are blind."""

import pytest
from django.test import Client
from django.urls import reverse

from datasets.comments.models import Comment, Thread
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from evaluation.adjudication.actions import return_to_curation
from evaluation.results.actions.closing import close_run
from evaluation.runs.models import EvaluationRun
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Role, User
from tests.factories.examples import make_approved_example
from tests.factories.people import make_member
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def example() -> GoldenExample:
    return make_approved_example()


@pytest.fixture
def run(example: GoldenExample) -> EvaluationRun:
    """An open run of two comparisons of one example; its reviewers disagree on one."""
    run, (ann, bob) = make_small_run(
        project=example.project, revision=example.latest_revision, examples=2, votes=2
    )
    vote_in_order(run, ann, ("candidate", "baseline"))
    vote_in_order(run, bob, ("candidate", "candidate"))
    return run


@pytest.fixture
def lead(run: EvaluationRun) -> User:
    return make_member(run.project, Role.LEAD)


def url_of(name: str, run: EvaluationRun) -> str:
    return reverse(f"evaluation:{name}", args=[run.project.slug, run.pk])


def test_nothing_is_returned_or_offered_while_the_run_is_open(
    run: EvaluationRun, lead: User, client: Client
) -> None:
    with pytest.raises(InvalidTransition):
        return_to_curation(run_id=run.pk, actor=lead, reason="Check it.")
    client.force_login(lead)
    assert b"curation-title" not in client.get(url_of("adjudication", run)).content
    assert not Thread.objects.exists()


def test_disputed_examples_get_one_thread_and_become_drafts(
    run: EvaluationRun, lead: User, client: Client, example: GoldenExample
) -> None:
    close_run(run_id=run.pk, actor=lead)
    client.force_login(lead)
    assert b"curation-title" in client.get(url_of("adjudication", run)).content
    with pytest.raises(InvalidInput):
        return_to_curation(run_id=run.pk, actor=lead, reason=" ")
    rejected = client.post(url_of("return_to_curation", run), {"reason": ""})
    assert rejected.status_code == 422
    done = client.post(url_of("return_to_curation", run), {"reason": "Which parcel?"}, follow=True)
    assert b"curation-title" not in done.content
    example.refresh_from_db()
    assert example.state == State.DRAFT
    assert example.events.latest("pk").reason == "Which parcel?"
    [comment] = Comment.objects.all()
    assert (comment.thread.source, comment.author) == ("disagreement", None)
    assert comment.text.as_json()["params"] == {"run": run.pk}
    with pytest.raises(InvalidTransition):
        return_to_curation(run_id=run.pk, actor=lead, reason="Again.")
    annotator = make_member(run.project, Role.ANNOTATOR)
    with pytest.raises(PermissionDeniedError):
        return_to_curation(run_id=run.pk, actor=annotator, reason="Me too.")


def test_the_thread_tells_no_model_and_no_vote(
    run: EvaluationRun, lead: User, client: Client, example: GoldenExample
) -> None:
    close_run(run_id=run.pk, actor=lead)
    return_to_curation(run_id=run.pk, actor=lead, reason="Check it.")
    reviewer = run.raters.order_by("pk")[0].user
    assert reviewer is not None
    client.force_login(reviewer)
    page = client.get(
        reverse("datasets:example", args=[run.project.slug, example.pk])
    ).content.decode()
    start = page.index('id="threads"')
    shown = page[start : page.index("</section>", start)]
    assert "disagreed about two answers" in shown
    for secret in (run.name, run.candidate.name, run.baseline.name, "candidate", "baseline"):
        assert secret not in shown
