"""Nothing that a reviewer receives tells which model wrote what: every byte of a whole session."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from datasets.curation.models import Revision
from evaluation.judge.actions import judging
from evaluation.runs.actions import answer_import, run_setup
from evaluation.runs.actions.answer_plan import AnswerImport
from evaluation.runs.criteria import CriterionTerms
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.runs.rows import AnswerRow, ImportedAnswer
from evaluation.voting.models import CriterionVote, Lease
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Project, User
from tests.factories.people import make_project
from tests.factories.runs import make_model_version, make_prompts
from tests.factories.voting import make_reviewers

pytestmark = pytest.mark.django_db
EXAMPLES = 12
# One is passed over on the page; the answers go with the vote.
CRITERIA = (
    CriterionTerms("tone"),
    CriterionTerms(name="Brevity", question="Which one is shorter?"),
)
ANSWERED = {"criterion_1": "right", "criterion_2": "both_good"}

# What the run knows of its models; each is unlike anything else that could be on a page.
MODEL_NAMES = ("zephyrine-tuned", "quillon-base")
TELLTALES = (
    *MODEL_NAMES,
    "zephyrine against quillon",
    "served-as-zephyrine",
    "968574",  # latency
    "857463",
    "746352",  # tokens
    "635241",
    "0.52413",  # cost
    "0.41302",
    "order_seed",
    "told-by-the-judge",
)
# Words for the roles, in any spelling and any part of a word.
ROLES = re.compile(
    r"candidate|baseline|latency|_tokens|completion|finish_reason|model_version", re.I
)


def answer_rows(revisions: Sequence[Revision] = ()) -> Iterator[AnswerRow]:
    """Return the answers of both models, to golden wordings if there are any."""
    for line, prompt in enumerate(make_prompts(EXAMPLES), start=1):
        golden = revisions[line - 1].pk if revisions else None
        yield AnswerRow(
            line=line,
            prompt=replace(prompt, revision_id=golden),
            baseline=ImportedAnswer(
                f"You have *30 days* for item {line}.",
                latency_ms=968574,
                completion_tokens=746352,
                cost_usd=Decimal("0.52413"),
            ),
            candidate=ImportedAnswer(
                f"Of course! Item {line} can come back.",
                latency_ms=857463,
                completion_tokens=635241,
                cost_usd=Decimal("0.41302"),
            ),
        )


@pytest.fixture
def run_and_reviewer() -> tuple[EvaluationRun, User]:
    project = make_project()
    reviewer, other = make_reviewers(project, 2)
    return make_telling_run(project, [reviewer, other]), reviewer


def make_telling_run(
    project: Project, reviewers: Sequence[User], *, revisions: Sequence[Revision] = ()
) -> EvaluationRun:
    """Return a run that is open for votes and knows of its models what `TELLTALES` lists."""
    plan = AnswerImport(
        run="zephyrine against quillon",
        baseline=MODEL_NAMES[1],
        candidate=MODEL_NAMES[0],
        votes_per_example=2,
        criteria=CRITERIA,
    )
    rows = partial(answer_rows, revisions)
    run = answer_import.import_answers(project=project, plan=plan, rows=rows).run
    # Answers stand from the first vote on, so the run goes back to where they may change.
    runs = EvaluationRun.objects.filter(pk=run.pk)
    runs.update(state="generating")
    Answer.objects.filter(run=run).update(response_model="served-as-zephyrine")
    runs.update(state="voting")
    _judge(run)
    raters = [reviewer.pk for reviewer in reviewers]
    return run_setup.set_raters(run_id=run.pk, rater_ids=raters, actor=None)


def _judge(run: EvaluationRun) -> None:
    """Let a judge, called by a name that would tell, have judged every comparison."""
    model = make_model_version(run.project, name="told-by-the-judge", model_id="x")
    plan = judging.JudgePlan(model_id=model.pk)
    judge_run = judging.start_judging(run_id=run.pk, plan=plan, actor=None)
    reply = '{"reason": "told-by-the-judge", "verdict": "A"}'
    judge_run.judgements.update(state="done", verdict="candidate", reply=reply)


class Listener:
    """A browser that keeps every byte it receives."""

    def __init__(self, client: Client, run: EvaluationRun) -> None:
        self.received: list[str] = []
        self._client = client
        self.project = f"/p/{run.project.slug}/"
        self.root = f"{self.project}vote/"
        self.page = f"{self.root}{run.pk}/"

    def keep(self, response: Any) -> Any:
        head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        cookies = response.cookies.output()
        self.received.append(f"{head}\n{cookies}\n{response.content.decode()}")
        return response

    def get(self, address: str) -> Any:
        return self.keep(self._client.get(address))

    def send(self, address: str, *, is_partial: bool = False, **fields: Any) -> Any:
        headers = {"HX-Request": "true"} if is_partial else None
        return self.keep(self._client.post(address, fields, headers=headers))

    def post(self, verb: str, **fields: Any) -> Any:
        return self.send(f"{self.page}{verb}/", **fields)

    def post_json(self, verb: str, **fields: Any) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        response = self._client.post(f"{self.page}{verb}/", fields, headers=headers)
        return dict(json.loads(self.keep(response).content))

    def call(self, address: str, body: object = None) -> dict[str, Any]:
        response = self._client.post(
            f"/api/v1/{address}", json.dumps(body), content_type="application/json"
        )
        return dict(json.loads(self.keep(response).content))


def assert_blind(received: list[str], *, at_least: int = 10_000) -> None:
    text = "\n".join(received)
    assert len(text) > at_least
    assert [word for word in TELLTALES if word in text] == []
    assert ROLES.findall(text) == []


def ids_in(page: str) -> list[str]:
    return re.findall(r'data-id="([0-9a-f-]{36})"', page)


def walk_the_page(listener: Listener, **answers: str) -> None:
    """Everything a reviewer can do, to the end, with scripts and without."""
    listener.get(listener.root)
    first, second = ids_in(listener.get(listener.page).content.decode())
    listener.post_json("cast", lease=first, choice="left", known=second, **answers)
    listener.post_json("cast", lease=first, choice="right")  # refused
    reasons = {"left": ["correct"], "right": ["wrong"], "rationale": "Clear", "recognised": "on"}
    listener.post_json("reasons", lease=first, **reasons)
    listener.get(listener.page)  # with the pair of the vote that can be undone
    assert listener.post_json("undo", lease=first)["earlier"]["rationale"] == "Clear"
    listener.post_json("skip", lease=second)
    assert listener.post_json("undo", lease=second)["earlier"] is None
    skipped = listener.post_json("lease")["next"][1]["id"]
    listener.post_json("skip", lease=skipped)
    held = listener.post_json("lease")["next"]
    listener.post_json("broken", lease=held[0]["id"], note="Cut off")
    listener.post_json("broken", lease=held[1]["id"], note="")  # refused
    listener.get(f"{listener.page}progress/")
    listener.post("cast", lease=held[1]["id"], choice="both_good")
    listener.get(f"{listener.page}?after={held[1]['id']}")
    listener.post("cast", lease=held[0]["id"], choice="left")  # a page that says why not
    while ids := ids_in(listener.get(listener.page).content.decode()):
        listener.post_json("cast", lease=ids[0], choice="both_bad", known=",".join(ids), **answers)
    listener.post("pause")


def test_the_pages_of_a_whole_session_are_blind(
    run_and_reviewer: tuple[EvaluationRun, User], client: Client, settings: Any
) -> None:
    settings.VOTE_UNDO_SECONDS = 60
    run, reviewer = run_and_reviewer
    client.force_login(reviewer)
    listener = Listener(client, run)
    walk_the_page(listener, **ANSWERED)
    assert run.votes.filter(undone_at=None).count() == EXAMPLES - 1
    assert CriterionVote.objects.filter(vote__undone_at=None).count() == 2 * (EXAMPLES - 2)
    assert_blind(listener.received)
    assert "Which one is shorter?" in "".join(listener.received)
    assert f"Run {run.pk}" in listener.received[0], "what a run without a title is called"
    assert "All done" in listener.received[-2]


def test_the_api_of_a_whole_session_is_blind(
    run_and_reviewer: tuple[EvaluationRun, User],
) -> None:
    run, reviewer = run_and_reviewer
    token = create_token(user=reviewer).secret
    listener = Listener(Client(headers={"Authorization": f"Bearer {token}"}), run)
    comparison = listener.call(f"runs/{run.pk}/comparisons/next")["comparison"]
    comparison = listener.call(f"comparisons/{comparison['id']}/skip")["comparison"]
    note = {"note": "Cut off"}
    comparison = listener.call(f"comparisons/{comparison['id']}/broken", note)["comparison"]
    voted = comparison["id"]
    listener.call(
        f"comparisons/{voted}/vote",
        {"choice": "left", "reasons": {"left": ["complete"]}, "criteria": {"1": "right"}},
    )
    listener.call(f"comparisons/{voted}/vote", {"choice": "right"})  # refused
    undone = listener.call(f"comparisons/{voted}/undo")
    assert undone["earlier"]["reasons"] == {"left": ["complete"]}
    assert undone["earlier"]["criteria"] == {"1": "right"}
    asked = listener.get(f"/api/v1/runs/{run.pk}/criteria").json()["items"]
    assert [criterion["key"] for criterion in asked] == ["tone", "Brevity"]
    comparison = undone["comparison"]
    progress = listener.get(f"/api/v1/runs/{run.pk}/progress").json()
    assert progress == {"done": 0, "left": EXAMPLES - 1}
    while comparison:
        assert set(comparison) == {"id", "prompt", "policies", "left", "right"}
        body = {"choice": "both_good", "criteria": {"2": "left"}}
        comparison = listener.call(f"comparisons/{comparison['id']}/vote", body)["next"]
    assert run.votes.filter(undone_at=None).count() == EXAMPLES - 1
    assert_blind(listener.received)


def test_what_is_sent_does_not_differ_by_side(
    run_and_reviewer: tuple[EvaluationRun, User], client: Client
) -> None:
    run, reviewer = run_and_reviewer
    client.force_login(reviewer)
    listener = Listener(client, run)
    shapes: dict[str, set[str]] = {"candidate": set(), "baseline": set()}
    comparisons = run.comparisons.filter(state=Comparison.State.OPEN)
    # The same comparison on either side, many times.
    only = comparisons.first()
    assert only is not None
    comparisons.exclude(pk=only.pk).update(
        state=Comparison.State.CLOSED, votes_needed=0, closed_at="2026-01-01T00:00Z"
    )
    for _ in range(24):
        (fragment,) = listener.post_json("lease")["next"]
        side = Lease.objects.get(public_id=fragment["id"]).left
        shapes[side].add(shape_of(fragment))
        listener.post("pause")
    assert len(shapes["candidate"]) == len(shapes["baseline"]) == 1
    assert sorted(*shapes["candidate"]) == sorted(*shapes["baseline"])


def shape_of(fragment: dict[str, str]) -> str:
    return fragment["html"].replace(fragment["id"], "ID")


def test_ids_are_drawn_at_random(
    run_and_reviewer: tuple[EvaluationRun, User], client: Client
) -> None:
    run, reviewer = run_and_reviewer
    client.force_login(reviewer)
    page = client.get(f"/p/{run.project.slug}/vote/{run.pk}/").content.decode()
    assert {UUID(public_id).version for public_id in ids_in(page)} == {4}
    own = {str(comparison) for comparison in run.comparisons.values_list("public_id", flat=True)}
    assert not own & set(ids_in(page))


def test_nobody_votes_without_the_role_or_a_seat(
    run_and_reviewer: tuple[EvaluationRun, User], client: Client
) -> None:
    run, reviewer = run_and_reviewer
    page = f"/p/{run.project.slug}/vote/{run.pk}/"
    (seatless,) = make_reviewers(run.project, 1)
    client.force_login(seatless)
    assert client.get(page).status_code == HTTPStatus.FORBIDDEN
    client.force_login(reviewer)
    (mine, *_rest) = ids_in(client.get(page).content.decode())
    reviewer.memberships.all().delete()
    fields = {"lease": mine, "choice": "left"}
    assert client.post(f"{page}cast/", fields).status_code == HTTPStatus.NOT_FOUND
    token = create_token(user=reviewer).secret
    answer = client.post(
        f"/api/v1/comparisons/{mine}/vote",
        {"choice": "left"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert not run.votes.exists()
