"""What a judge replied: by example, filtered by disagreement, on the page and by API."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.judge.examples import ExampleKind, judged_examples, with_judgements
from evaluation.judge.models import JudgeRun
from evaluation.runs.models import Comparison
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role
from tests.evaluation.judge.samples import ERROR, FLIP, LOSS, SECRET, WIN, judged
from tests.factories.people import make_member
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
TIE = ("tie_good", "tie_bad")


@pytest.fixture
def judge_run() -> JudgeRun:
    """Eight judged examples, of which people voted on six."""
    run, (ann, _bob) = make_small_run(examples=8)
    judge_run = judged(run, [WIN, LOSS, FLIP, FLIP, TIE, ERROR, WIN, LOSS])
    votes = ["candidate", "candidate", "baseline", "tie_bad", "tie_good", "baseline"]
    vote_in_order(run, ann, votes)
    return judge_run


@pytest.mark.parametrize(
    ("kind", "positions"),
    [
        (ExampleKind.ALL, [1, 2, 3, 4, 5, 6, 7, 8]),
        # A flip is a tie; without votes or without a verdict there is nothing to disagree with.
        (ExampleKind.DISAGREES, [2, 3]),
        (ExampleKind.FLIPPED, [3, 4]),
        (ExampleKind.FAILED, [6]),
    ],
)
def test_examples_are_filtered_by_what_judge_and_people_say(
    judge_run: JudgeRun, kind: ExampleKind, positions: list[int]
) -> None:
    found = judged_examples(judge_run, kind)
    assert [example.position for example in found] == positions
    assert not judged_examples(judge_run, kind, intent="no such intent").exists()


def test_the_filter_is_the_rule_of_the_scores(judge_run: JudgeRun) -> None:
    shown = with_judgements(judge_run, judged_examples(judge_run, ExampleKind.ALL))
    disagreeing = judged_examples(judge_run, ExampleKind.DISAGREES)
    assert [example.comparison for example in shown if example.disagrees] == list(disagreeing)
    flipped = judged_examples(judge_run, ExampleKind.FLIPPED)
    assert [example.comparison for example in shown if example.is_flipped] == list(flipped)


def test_identical_answers_are_no_disagreement(judge_run: JudgeRun) -> None:
    second = judge_run.run.comparisons.filter(position=2)
    second.update(closing_candidate=0, all_candidate=0, closing_identical=1)
    assert [example.position for example in judged_examples(judge_run, ExampleKind.DISAGREES)] == [
        3
    ]


def test_a_lead_reads_both_replies_of_an_example(client: Client, judge_run: JudgeRun) -> None:
    run = judge_run.run
    client.force_login(make_member(run.project, Role.LEAD))
    address = reverse("evaluation:judge_replies", args=[run.project.slug, run.pk, judge_run.pk])
    shown = client.get(f"{address}?show=disagrees")
    (second, third) = shown.context["examples"]
    assert [reply.judgement.first for reply in second.replies] == ["candidate", "baseline"]
    assert second.replies[0].reason == SECRET
    assert (second.judged.people, second.judged.judge) == (1, 0)
    assert third.judged.is_flipped
    assert SECRET in shown.content.decode()
    # A mistyped kind shows all of them.
    assert len(client.get(f"{address}?show=x&after=6").context["examples"]) == 2
    page = reverse("evaluation:judge", args=[run.project.slug, run.pk])
    assert client.get(page).context["disagreements"] == 2
    other = reverse("evaluation:judge_replies", args=[run.project.slug, run.pk + 1, judge_run.pk])
    assert client.get(other).status_code == 404


def test_the_api_has_both_replies_page_by_page(client: Client, judge_run: JudgeRun) -> None:
    lead = make_member(judge_run.run.project, Role.LEAD)
    headers = {"Authorization": f"Bearer {create_token(user=lead, scopes=['runs']).secret}"}
    address = f"/api/v1/judges/{judge_run.pk}/replies"
    first = client.get(f"{address}?limit=6", headers=headers).json()
    rest = client.get(f"{address}?limit=6&cursor={first['next']}", headers=headers).json()
    rows = [*first["items"], *rest["items"]]
    assert [row["example"] for row in rows] == list(range(1, 9))
    assert rest["next"] is None
    second = rows[1]
    assert (second["people"], second["judge"], second["flipped"]) == (1, 0, False)
    assert [reply["first"] for reply in second["replies"]] == ["candidate", "baseline"]
    assert json.loads(second["replies"][0]["reply"])["reason"] == second["replies"][0]["reason"]
    failed: dict[str, Any] = rows[5]
    assert (failed["judge"], failed["flipped"]) == (None, None)
    assert failed["replies"][1]["error_code"] == "invalid_verdict"
    assert Comparison.objects.filter(run=judge_run.run).count() == len(rows)
