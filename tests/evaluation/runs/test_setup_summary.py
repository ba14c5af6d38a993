"""What the set-up page of a run tells about its intents."""

import pytest

from evaluation.runs.models import EvaluationRun
from evaluation.runs.setup_summary import intent_rows, intents_gate
from tests.factories.people import make_project
from tests.factories.runs import make_run


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "above 40 %"),
        ({"t_intent": None}, "watched, not gated"),
        ({"watch_only": ["a", "b"]}, "watched, not gated"),
        (
            {"watch_only": ["a"], "intent_thresholds": {"b": 0.55}},
            "above 55 %; 1 intent is only watched",
        ),
    ],
)
def test_the_terms_tell_which_win_rate_the_intents_must_pass(
    settings: dict[str, object], text: str
) -> None:
    run = make_run(make_project(), intents_of=("a", "b"))
    EvaluationRun.objects.update(gate_settings=run.gate_settings | settings)
    run.refresh_from_db()
    assert intents_gate(intent_rows(run)) == text
