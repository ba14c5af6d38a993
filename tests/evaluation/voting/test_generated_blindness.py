"""Answers out of a batch and reused ones tell a reviewer nothing: no id, no order, no origin."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evaluation.batches.actions.starting import start_with_batches
from evaluation.registry.models import ModelVersion
from evaluation.runs.actions.generation import start_generation
from evaluation.runs.actions.runs import open_voting
from evaluation.runs.models import Answer, EvaluationRun
from evaluation.runs.prompts import Prompt
from evaluation.runs.requests import request_for, request_hash
from evaluation.runs.terms import Sampling
from evaluation.voting.models import Lease
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import User
from tests.evaluation.voting.test_blindness import (
    EXAMPLES,
    MODEL_NAMES,
    TELLTALES,
    Listener,
    assert_blind,
    shape_of,
    walk_the_page,
)
from tests.factories.batches import work_batches
from tests.factories.people import make_project
from tests.factories.runs import make_model_version, make_prompts, make_run
from tests.factories.voting import make_reviewers
from tests.fake_batches import fake_batches

pytestmark = pytest.mark.django_db
COLD = Sampling(temperature=0, max_tokens=300, seed=7)
INTENTS = ("returns",)
REUSED, STORED = EXAMPLES // 2, 20
TEXT = r"(<mark>)?(Answer|Letter)(</mark>)? to Question \d+"
# Where an answer comes from, in any spelling; and what the service calls its things.
ORIGINS = re.compile(r"reuse|batch|custom_id|request_id|req-\d|file-\d|gpt-4\.1|from_run", re.I)


@pytest.fixture
def run_and_reviewer() -> Iterator[tuple[EvaluationRun, User]]:
    """A run of a model in batches against one of which half of the answers are reused."""
    project = make_project()
    reviewer, other = make_reviewers(project, 2)
    base = make_model_version(project, name=MODEL_NAMES[1])
    earlier = make_run(
        project,
        name="an-earlier-study",
        baseline=base,
        prompts=stored_prompts(),
        sampling=COLD,
        raters=[reviewer, other],
    )
    start_generation(run_id=earlier.pk, actor=None)
    _store(earlier, base)
    with fake_batches() as service:
        tuned = make_model_version(
            project,
            name=MODEL_NAMES[0],
            base_url=service.url,
            provider="openai",
            model_id="gpt-4.1-mini",
        )
        run = make_run(
            project,
            baseline=base,
            candidate=tuned,
            prompts=make_prompts(EXAMPLES, intents=INTENTS),
            sampling=COLD,
            raters=[reviewer, other],
            terms={"votes_per_example": 2},
        )
        start_with_batches(run_id=run.pk, actor=None, fallback="direct", reuse_answers=True)
        work_batches(run)
    assert run.answers.filter(model_version=base, reused_from__isnull=False).count() == REUSED
    _store(run, base)
    yield open_voting(run_id=run.pk, actor=None), reviewer


def stored_prompts() -> list[Prompt]:
    """Return the prompts of the earlier run: half of those of the later one, and others."""
    more = make_prompts(EXAMPLES + STORED, intents=INTENTS)
    return [*more[:REUSED], *more[EXAMPLES:]]


def _store(run: EvaluationRun, model: ModelVersion) -> None:
    """Store what a model answered to what is still asked of it directly."""
    assert model.endpoint is not None
    waiting = run.answers.filter(state="waiting", model_version=model)
    for answer in waiting.select_related("comparison"):
        request = request_for(model, model.endpoint, COLD, answer.comparison.prompt)
        Answer.objects.filter(pk=answer.pk).update(
            text=f"Letter to {answer.comparison.prompt[-1]['content']}",
            state="done",
            finished_at=timezone.now(),
            request_hash=request_hash(request),
            request_id=f"req-{answer.pk}",
            latency_ms=968574,
            completion_tokens=746352,
        )


def test_the_pages_of_a_whole_session_are_blind(
    run_and_reviewer: tuple[EvaluationRun, User], client: Client, settings: Any
) -> None:
    settings.VOTE_UNDO_SECONDS = 60
    run, reviewer = run_and_reviewer
    client.force_login(reviewer)
    listener = Listener(client, run)
    walk_the_page(listener)
    assert_blind(listener.received)
    text = "\n".join(listener.received)
    assert ORIGINS.findall(text) == []
    assert [word for word in origins_of(run) if word in text] == []


def test_the_api_of_a_whole_session_is_blind(
    run_and_reviewer: tuple[EvaluationRun, User],
) -> None:
    run, reviewer = run_and_reviewer
    token = create_token(user=reviewer).secret
    listener = Listener(Client(headers={"Authorization": f"Bearer {token}"}), run)
    comparison = listener.call(f"runs/{run.pk}/comparisons/next")["comparison"]
    while comparison:
        assert set(comparison) == {"id", "prompt", "policies", "left", "right"}
        vote = f"comparisons/{comparison['id']}/vote"
        comparison = listener.call(vote, {"choice": "both_good"})["next"]
    text = "\n".join(listener.received)
    assert run.votes.count() == EXAMPLES
    assert [word for word in TELLTALES if word in text] == []
    assert ORIGINS.findall(text) == []


def origins_of(run: EvaluationRun) -> list[str]:
    """The name and the key of what answers came from: the earlier run, and the batch."""
    sources = run.answers.filter(reused_from__isnull=False).values_list(
        "reused_from__run__name", flat=True
    )
    keys = run.batches.values_list("key", flat=True)
    return [*{name for name in sources if name}, *map(str, keys)]


def test_what_is_served_does_not_differ_by_where_it_comes_from(
    run_and_reviewer: tuple[EvaluationRun, User], client: Client
) -> None:
    run, reviewer = run_and_reviewer
    client.force_login(reviewer)
    listener = Listener(client, run)
    shapes: dict[tuple[str, bool], set[str]] = {}
    while served := listener.post_json("lease")["next"]:
        fragment = served[0]
        lease = Lease.objects.select_related("comparison").get(public_id=fragment["id"])
        answers = lease.comparison.answers.filter(model_version=run.baseline)
        is_reused = answers.filter(reused_from__isnull=False).exists()
        shape = re.sub(rf"({TEXT})|Question \d+", "TEXT", shape_of(fragment))
        shapes.setdefault((lease.left, is_reused), set()).add(shape)
        listener.post_json("cast", lease=fragment["id"], choice="both_good")
    found = set().union(*shapes.values())
    assert {is_reused for _side, is_reused in shapes} == {True, False}
    assert len(found) == 1, "whatever is left or reused, the same bytes but for ids and texts"


def test_the_served_order_does_not_depend_on_what_was_reused(
    run_and_reviewer: tuple[EvaluationRun, User],
) -> None:
    run, _reviewer = run_and_reviewer
    comparisons = run.comparisons.order_by("position")
    order = list(comparisons.values_list("external_id", flat=True))
    reused = run.answers.filter(reused_from__isnull=False)
    first = set(reused.values_list("comparison__external_id", flat=True))
    drawn = [key in first for key in order]
    assert sum(drawn) == REUSED
    assert drawn not in ([True] * REUSED + [False] * REUSED, [False] * REUSED + [True] * REUSED)
