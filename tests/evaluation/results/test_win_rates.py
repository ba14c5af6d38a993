"""manage.py win_rates: the public JSON, the table, and two real vote imports, calculated anew."""

import json
import math
from collections import defaultdict
from fractions import Fraction
from io import StringIO
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from evaluation.results.actions import closing
from evaluation.runs.models import EvaluationRun
from reviewapp.people.models import Role
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_voting_run
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run
from tests.reference import write_vote_import

pytestmark = pytest.mark.django_db

ANNOTATED_PAIRS = ("bloom-7b_llama-7b", "cerebras-gpt-6.7B_llama-7b")
WORTH = {"candidate": Fraction(1), "baseline": Fraction(0)}
TIE = Fraction(1, 2)
BETS = [j / 100 for j in range(1, 100)]


def win_rates(*arguments: str) -> dict[str, Any]:
    """What the command prints with --json."""
    out = StringIO()
    call_command("win_rates", *arguments, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(params=ANNOTATED_PAIRS)
def vote_import(
    request: pytest.FixtureRequest, tmp_path: Path
) -> tuple[dict[str, Any], list[Any], list[Any]]:
    """Import answers and votes of people; return what the command prints, and both files' rows."""
    answers, votes = write_vote_import(tmp_path, request.param)
    names = {"project": make_project().slug, "baseline": "llama", "candidate": "other"}
    call_command(
        "import_answers",
        answers,
        run="imported",
        votes_per_example="all",
        stdout=StringIO(),
        **names,
    )
    call_command("import_votes", votes, run="imported", stdout=StringIO())
    return win_rates("imported"), rows_of(answers), rows_of(votes)


def scores_of(votes: list[Any]) -> dict[str, list[Fraction]]:
    """Each example's votes as what they are worth."""
    scores = defaultdict(list)
    for vote in votes:
        scores[vote["id"]].append(WORTH.get(vote["verdict"], TIE))
    return scores


def alpha_of(units: list[list[Fraction]], *, nominal: bool) -> float:
    """Krippendorff's alpha straight from its definition: every pair of values is looked at."""

    def distance(a: Fraction, b: Fraction) -> Fraction:
        return Fraction(a != b) if nominal else (a - b) ** 2

    shared = [unit for unit in units if len(unit) > 1]
    values = [value for unit in shared for value in unit]
    observed = sum(
        sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in shared
    ) / len(values)
    expected = sum(distance(a, b) for a, b in permutations(values, 2)) / (
        len(values) * (len(values) - 1)
    )
    return float(1 - observed / expected)


def lower_end(means: list[Fraction], alpha: float = 0.05) -> float:
    """The m at which the bets of statistics.md have grown to 2 / alpha, by bisection."""

    def log_e(m: float) -> float:
        logs = [
            math.log((1 - u) / 49.5) + sum(math.log(1 - u + u * float(x) / m) for x in means)
            for u in BETS
        ]
        return max(logs) + math.log(sum(math.exp(log - max(logs)) for log in logs))

    low, high = 1e-9, float(sum(means) / len(means))
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if log_e(middle) > math.log(2 / alpha) else (low, middle)
    return low


def test_figures_of_imported_votes_follow_from_the_votes(
    vote_import: tuple[dict[str, Any], list[Any], list[Any]],
) -> None:
    found, answers, votes = vote_import
    means = {key: sum(own, Fraction(0)) / len(own) for key, own in scores_of(votes).items()}
    overall = found["overall"]
    assert (found["votes"], found["raters"], found["counted"]) == (len(votes), 3, len(means))
    assert found["votes_per_example"] == "all"
    assert overall["n"] == len(means) == len(answers)
    assert overall["score_sum"] == pytest.approx(float(sum(means.values())))
    assert overall["estimate"] == pytest.approx(float(sum(means.values()) / len(means)))
    assert overall["wins"] == sum(mean == 1 for mean in means.values())
    assert overall["losses"] == sum(mean == 0 for mean in means.values())
    ties = sum(mean == TIE for mean in means.values())
    assert overall["ties_good"] + overall["ties_bad"] == ties
    assert overall["lower"] == pytest.approx(lower_end(list(means.values())), abs=1e-6)
    turned = [1 - mean for mean in means.values()]
    assert overall["upper"] == pytest.approx(1 - lower_end(turned), abs=1e-6)


def test_agreement_of_imported_votes_is_that_of_their_pairs(
    vote_import: tuple[dict[str, Any], list[Any], list[Any]],
) -> None:
    found, _answers, votes = vote_import
    units = list(scores_of(votes).values())
    assert found["agreement"]["alpha_interval"] == pytest.approx(alpha_of(units, nominal=False))
    assert found["agreement"]["alpha_nominal"] == pytest.approx(alpha_of(units, nominal=True))
    assert found["agreement"]["reason"] == ""


def test_each_intent_of_imported_votes_has_its_own_examples(
    vote_import: tuple[dict[str, Any], list[Any], list[Any]],
) -> None:
    found, answers, votes = vote_import
    scores = scores_of(votes)
    by_intent: dict[str, list[Fraction]] = defaultdict(list)
    for answer in answers:
        own = scores[answer["id"]]
        by_intent[answer["intent"]].append(sum(own, Fraction(0)) / len(own))
    assert {row["intent"] for row in found["intents"]} == set(by_intent)
    for row in found["intents"]:
        means = by_intent[row["intent"]]
        assert row["n"] == len(means)
        assert row["score_sum"] == pytest.approx(float(sum(means)))
        assert row["gated"] == (len(means) >= 7)


def test_the_keys_are_those_of_the_public_interface() -> None:
    run, (ann, _bob) = make_small_run()
    vote_in_order(run, ann, ["candidate"])
    found = win_rates(run.name)
    figures = {"estimate", "lower", "upper", "n", "wins", "ties_good", "ties_bad", "losses"}
    assert found.keys() >= {
        *("run", "baseline", "candidate", "votes_per_example", "votes", "raters", "counted"),
        *("overall", "intents", "agreement", "position", "gates", "decision", "forecast"),
    }
    assert found["overall"].keys() >= figures | {"score_sum"}
    assert found["intents"][0].keys() >= figures | {"score_sum", "intent", "label", "gated"}
    assert found["agreement"].keys() >= {"alpha_interval", "alpha_nominal", "reason"}
    assert found["position"].keys() >= {"left_share", "lower", "upper", "n"}
    assert found["forecast"]["overall"].keys() == {"examples", "low", "high"}
    keys = {"gate", "subject", "state", "reason", "passed_at", "passed_at_example"}
    assert all(gate.keys() == keys for gate in found["gates"])
    assert {gate["state"] for gate in found["gates"]} <= {"passed", "failed", "insufficient"}
    assert found["decision"] in {"promote", "keep_voting", "reject", "invalid"}


def test_without_json_the_same_is_said_in_words() -> None:
    run, (ann, _bob) = make_small_run(examples=40)
    vote_in_order(run, ann, ["candidate"])
    out = StringIO()
    call_command("win_rates", run.name, stdout=out)
    said = out.getvalue()
    assert "1 example. Win rate 100 % (ties count half): won 100 %, both good 0 %," in said
    assert "0.9-100 %" in said
    assert "[insufficient] Overall above 50 %" in said


def test_a_run_that_was_closed_too_early_does_not_ask_for_more_votes() -> None:
    run, (ann, _bob) = make_small_run(examples=40)
    vote_in_order(run, ann, ["candidate"])
    out = StringIO()
    call_command("win_rates", run.name, stdout=out)
    assert "too early to say" in out.getvalue().splitlines()[0]
    closing.close_run(run_id=run.pk, actor=None, reason="No time.")
    out = StringIO()
    call_command("win_rates", run.name, stdout=out)
    assert "closed undecided" in out.getvalue().splitlines()[0]
    assert win_rates(run.name)["decision"] == "keep_voting"
    lead = make_member(run.project, Role.LEAD)
    page = signed_in(lead).get(reverse("evaluation:run", args=[run.project.slug, run.pk]))
    assert "Closed undecided" in page_text(page)


def test_an_unknown_name_is_one_sentence() -> None:
    with pytest.raises(CommandError, match="There is no run “nothing”"):
        call_command("win_rates", "nothing")


def test_a_name_that_two_projects_have_asks_for_the_project() -> None:
    same = [make_voting_run(name="same") for _ in range(2)]
    with pytest.raises(CommandError, match="add --project"):
        call_command("win_rates", "same")
    found = win_rates("same", "--project", same[1].project.slug)
    assert found["candidate"] == EvaluationRun.objects.get(pk=same[1].pk).candidate.name
