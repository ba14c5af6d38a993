"""Forecasts of trainings: tokens against a counter of its own, epochs, and the time by history."""

import json

import pytest

from datasets.conversations.chat import count_tokens, normalise
from evaluation.training.durations import FEW_FACTOR, LEAST_FACTOR, Took, duration_by
from evaluation.training.providers.openai import assumed_epochs
from tests.bench.forecasts_inside import SHOES
from tests.fake_metered_trainings import example_tokens

TURNS = [
    {"role": "system", "content": "Sei kurz und freundlich. 🎁"},
    {"role": "user", "name": "customer_7", "content": "Wo ist mein <|endoftext|> Paket?\n\n  ¿Y?"},
    {"role": "assistant", "content": "Unter „Meine Bestellungen“.", "weight": 1},
]


def test_tokens_of_a_chat_are_those_of_the_published_rule() -> None:
    content = normalise({"messages": TURNS})
    counted = count_tokens(content.messages, model="gpt-4.1-mini-2025-04-14")
    assert (counted.total, counted.estimate) == (example_tokens({"messages": TURNS}), False)


def test_tokens_of_tools_and_calls_are_near_those_of_the_published_rule() -> None:
    call = {"name": "find_order", "arguments": '{"number":"7"}'}
    turns = [
        *TURNS,
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "function": call}]},
        {"role": "tool", "tool_call_id": "c1", "content": "In the depot."},
    ]
    nested = json.loads(json.dumps(SHOES))
    content = normalise({"messages": turns, "tools": [SHOES]})
    counted = count_tokens(content.messages, content.tools)
    assert (counted.total, counted.estimate) == (
        example_tokens({"messages": turns, "tools": [SHOES]}),
        True,
    )
    shape = nested["function"]["parameters"]["properties"]["part"]
    nested["function"]["parameters"]["properties"]["parts"] = {
        "type": "array",
        "items": {"type": "object", "properties": {"part": shape}},
    }
    deeper = count_tokens(content.messages, [nested])
    assert deeper.total > counted.total + 20


@pytest.mark.parametrize(
    ("examples", "epochs"),
    [(0, 3), (10, 10), (33, 3), (34, 3), (8_333, 3), (10_000, 2), (30_000, 1)],
)
def test_epochs_left_to_the_service_are_those_that_it_chooses(examples: int, epochs: int) -> None:
    assert assumed_epochs(examples) == epochs


def test_without_earlier_trainings_no_time_is_forecast() -> None:
    assert duration_by([], 1_000) is None


def test_time_is_what_every_training_takes_and_what_each_token_takes() -> None:
    history = [Took(tokens, 600 + tokens / 100) for tokens in range(10_000, 200_000, 30_000)]
    found = duration_by(history, 100_000)
    assert found is not None
    assert (found.seconds, found.factor, found.trainings) == (1_600, LEAST_FACTOR, 7)


def test_one_slow_training_widens_the_factor_and_moves_the_time_little() -> None:
    history = [Took(tokens, 600 + tokens / 100) for tokens in range(10_000, 100_000, 10_000)]
    found = duration_by([*history, Took(55_000, 5 * 1_150)], 50_000)
    assert found is not None
    assert found.seconds == pytest.approx(1_100, rel=0.05)
    assert found.factor == pytest.approx(5, abs=0.3)


@pytest.mark.parametrize("tokens", [250, 80_000])
def test_beyond_the_sizes_of_earlier_trainings_the_factor_grows(tokens: int) -> None:
    history = [Took(1_000, 60), Took(10_000, 100), Took(20_000, 150), Took(20_000, 140)]
    inside, beyond = duration_by(history, 5_000), duration_by(history, tokens)
    assert inside is not None
    assert beyond is not None
    assert beyond.factor == pytest.approx(2 * inside.factor, abs=0.2)


def test_trainings_of_one_size_tell_little_of_others() -> None:
    found = duration_by([Took(1_000, 60), Took(1_100, 60)], 4_000)
    assert found is not None
    assert 60 < found.seconds < 4 * 60
    assert found.factor == pytest.approx(FEW_FACTOR * (4_000 / 1_100) ** 0.5, abs=0.1)
