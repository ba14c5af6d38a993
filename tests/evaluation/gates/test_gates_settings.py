"""What a run must show, and whether it could."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from evaluation.gates import (
    GateSettings,
    HygieneLimits,
    OperationalLimits,
    SettingsError,
    settings_errors,
    too_small_intents,
)
from reviewapp.core.messages import message
from reviewapp.core.texts import render

STANDARD = GateSettings()


def test_the_presets() -> None:
    assert GateSettings.of_preset("strict").threshold_of("returns") == 0.5
    assert GateSettings.of_preset("standard") == STANDARD
    assert GateSettings.of_preset("watch_only").threshold_of("returns") is None
    with pytest.raises(ValueError, match="not a valid Preset"):
        GateSettings.of_preset("lenient")


def test_the_defaults_are_those_of_the_specification() -> None:
    assert (STANDARD.alpha, STANDARD.t_overall, STANDARD.t_intent) == (0.05, 0.5, 0.4)
    assert HygieneLimits() == HygieneLimits(2, 0.6, 0.1, 0.1)


def test_settings_survive_storage() -> None:
    settings = GateSettings(
        alpha=0.01,
        t_overall=0.55,
        t_intent=None,
        intent_thresholds={"returns": 0.45},
        watch_only=frozenset({"refunds"}),
        both_bad_limit=0.2,
        hygiene=HygieneLimits(min_raters=3),
        operational=OperationalLimits(max_p95_ratio=1.2, max_refusal_share=0.1),
    )
    assert GateSettings.from_json(json.loads(json.dumps(settings.as_json()))) == settings
    assert GateSettings.from_json({}) == STANDARD


def test_watching_takes_an_intents_own_threshold_away() -> None:
    own = replace(STANDARD, intent_thresholds={"returns": 0.5, "sizing": 0.45})
    watched = own.watching("returns", "refunds")
    assert watched.threshold_of("returns") is None
    assert watched.threshold_of("refunds") is None
    assert watched.threshold_of("sizing") == 0.45
    assert watched.threshold_of("delivery") == 0.4


@pytest.mark.parametrize(
    ("stored", "sentence"),
    [
        ([], "“gates” must be a JSON object."),
        ({"beta": 1}, "“gates” has unknown settings: beta. Known ones are alpha,"),
        ({"hygiene": 3}, "“hygiene” must be a JSON object."),
        ({"operational": {"speed": 1}}, "“operational” has unknown settings: speed."),
        ({"watch_only": "returns"}, "The intents to watch must be a list of names."),
        ({"watch_only": [1]}, "The intents to watch must be a list of names."),
        ({"intent_thresholds": [1]}, "The intents' own thresholds must be an object"),
        ({"intent_thresholds": {"returns": 1}}, "The threshold of returns must be a number"),
        ({"intent_thresholds": {"returns": "high"}}, "The threshold of returns must be a number"),
        ({"alpha": 0}, "alpha must be a number above 0"),
        ({"alpha": True}, "alpha must be a number above 0"),
        ({"alpha": 0.3}, "alpha must be a number above 0"),
        ({"t_overall": 0}, "The overall threshold must be a number between 0 and 1"),
        ({"t_intent": "half"}, "The intents' threshold must be a number between 0 and 1"),
        ({"both_bad_limit": 20}, "The limit of the both-bad share"),
        ({"hygiene": {"min_raters": 0}}, "The fewest raters must be a whole number"),
        ({"hygiene": {"min_raters": 1.5}}, "The fewest raters must be a whole number"),
        ({"hygiene": {"max_rater_share": 60}}, "The largest share of one rater"),
        ({"hygiene": {"min_agreement": 2}}, "The smallest agreement"),
        ({"hygiene": {"max_skip_share": -1}}, "The largest share of skips"),
        ({"operational": {"max_p95_ratio": 0}}, "max_p95_ratio must be"),
        ({"operational": {"max_cost_ratio": "2"}}, "max_cost_ratio must be"),
        ({"operational": {"max_error_share": 5}}, "max_error_share must be"),
        (
            {"operational": {"min_refusal_share": 0.2, "max_refusal_share": 0.1}},
            "The smallest share of refusals lies above the largest.",
        ),
        (
            {"watch_only": ["returns"], "intent_thresholds": {"returns": 0.4}},
            "returns has a threshold of its own and is only watched",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_a_sentence(stored: Any, sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        GateSettings.from_json(stored)
    assert [reason for reason in map(render, caught.value.reasons) if reason.startswith(sentence)]


def test_all_that_is_wrong_is_reported_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        GateSettings.from_json({"alpha": 2, "t_overall": 2})
    assert len(caught.value.reasons) == 2


def test_a_large_enough_set_may_open() -> None:
    assert settings_errors(STANDARD, {"returns": 7, "refunds": 40}, votes_per_example=1) == []


def test_a_small_intent_stops_the_opening_until_it_is_watched() -> None:
    examples = {"returns": 6, "refunds": 40}
    assert settings_errors(STANDARD, examples, votes_per_example=1) == [
        message("gates.intent_too_small", intent="returns", examples=6, needed=7, threshold=0.4)
    ]
    assert settings_errors(STANDARD.watching("returns"), examples, votes_per_example=1) == []


def test_strict_thresholds_need_ten() -> None:
    strict = GateSettings.of_preset("strict")
    (small,) = too_small_intents(strict, {"returns": 9, "refunds": 10})
    assert (small.subject, small.examples, small.needed) == ("returns", 9, 10)


def test_a_small_set_cannot_pass_overall() -> None:
    refusals = settings_errors(
        GateSettings.of_preset("watch_only"), {"returns": 9}, votes_per_example=3
    )
    assert refusals == [message("gates.set_too_small", examples=9, needed=10, threshold=0.5)]


def test_an_empty_set_no_votes_and_unknown_intents_stop_the_opening() -> None:
    assert settings_errors(STANDARD, {}, votes_per_example=1) == [message("gates.no_examples")]
    refusals = settings_errors(STANDARD.watching("sizing"), {"returns": 40}, votes_per_example=0)
    assert refusals == [
        message("gates.no_votes_per_example"),
        message("gates.unknown_intent", intent="sizing"),
    ]
