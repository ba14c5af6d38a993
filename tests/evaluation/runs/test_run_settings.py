"""The pure parts of runs: order, overlap, prompts, terms, refusals."""

import hashlib
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.conversations.errors import RowError
from evaluation.runs.prompts import (
    first_customer_message,
    prompt_hash,
    prompts_digest,
    without_answer,
)
from evaluation.runs.refusal_detection import is_refusal
from evaluation.runs.rows import read_prompts
from evaluation.runs.serving_order import overlap_set, served_order
from evaluation.runs.terms import RunTerms, Sampling

USER = {"role": "user", "content": "Can I send it back?"}
ANSWER = {"role": "assistant", "content": "Yes.", "weight": 1}
RULES = {"role": "system", "content": "Be kind."}


def test_the_order_of_a_seed_stays_what_it_is_for_ever() -> None:
    keys = [f"p{number}" for number in range(8)]
    expected = ["p6", "p7", "p2", "p4", "p0", "p3", "p1", "p5"]
    assert served_order(keys, seed=7) == expected
    assert served_order(reversed(keys), seed=7) == expected


@given(st.integers(1, 300), st.integers(0, 100), st.integers(0, 2**62))
def test_the_overlap_set_has_its_size_and_comes_again(n: int, percent: int, seed: int) -> None:
    keys = list(range(1, n + 1))
    drawn = overlap_set(keys, percent=percent, seed=seed)
    assert drawn == overlap_set(keys[::-1], percent=percent, seed=seed)
    assert drawn <= set(keys)
    assert n * percent / 100 <= len(drawn) < n * percent / 100 + 1


@pytest.mark.parametrize(
    ("messages", "prompt"),
    [
        ([RULES, USER, ANSWER], [RULES, USER]),
        ([USER, ANSWER, ANSWER], [USER]),
        ([USER, ANSWER, USER], [USER, {"role": "assistant", "content": "Yes."}, USER]),
        ([RULES, ANSWER], []),
        ([], []),
    ],
)
def test_a_prompt_is_a_conversation_without_its_last_answer(
    messages: list[dict[str, object]], prompt: list[dict[str, object]]
) -> None:
    assert without_answer(messages) == prompt


@pytest.mark.parametrize(
    "content",
    [
        'plain "quoted" \\ / </script>',
        "\x00\x01\x1f\x7f\x80\t\n\r\b\f",
        "é ẞ 漢字 \u2028 \ufeff \U0001f469\u200d\U0001f467",
        *("", "half \ud800 pair", None, True, 7, 2**70, 1e16, 0.1),
        *(["a", {"b": "ü"}], {"b": "1", "a": []}),
    ],
)
def test_the_hash_of_a_prompt_is_that_of_its_canonical_json(content: object) -> None:
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": content, "ß": "a", "z": "b", "\U0001f600": "c"},
        USER,
    ]
    canon = json.dumps(messages, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canon.encode("utf-8", "surrogatepass")).hexdigest()
    assert prompt_hash(messages) == prompt_hash(tuple(messages)) == digest


def test_a_set_is_the_same_in_any_order() -> None:
    digest, other = prompt_hash([USER]), prompt_hash([RULES, USER])
    assert prompts_digest([digest, other]) == prompts_digest([other, digest])
    assert prompts_digest([digest]) != prompts_digest([digest, digest])


def test_the_first_customer_message_is_compared_without_case_and_spaces() -> None:
    assert (
        first_customer_message([RULES, {"role": "user", "content": " Can  I\nGO "}]) == "can i go"
    )
    assert first_customer_message([RULES]) == ""


def test_a_system_message_is_added_only_where_there_is_none() -> None:
    sampling = Sampling(system="Be brief.")
    assert sampling.request_messages([USER])[0] == {"role": "system", "content": "Be brief."}
    assert sampling.request_messages([RULES, USER]) == [RULES, USER]
    assert Sampling.from_json(sampling.as_json()) == sampling
    assert Sampling(None, None, None).as_json() == {}


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (RunTerms(votes_per_example=0), "runs.votes_out_of_range"),
        (RunTerms(votes_per_example=3, overlap_votes=2), "runs.overlap_votes_out_of_range"),
        (RunTerms(overlap_percent=101), "runs.overlap_percent_out_of_range"),
    ],
)
def test_inconsistent_terms_are_rejected(terms: RunTerms, code: str) -> None:
    assert [error.code for error in terms.validation_errors()] == [code]
    assert RunTerms().validation_errors() == []


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I am unable to provide medical advice.",
        "Unfortunately, I cannot share another customer's order.",
        "We are not able to share this data.",
        "I must decline: this is not something I may do.",
        "Mi dispiace, non posso aiutarti con questa richiesta.",
        "Purtroppo non sono in grado di fornire questi dati.",
        "Es tut mir leid, dabei kann ich nicht helfen.",
        "Ich kann Ihnen leider keine Auskunft zu fremden Bestellungen geben.",
        "Lo siento, no puedo ayudarte con eso.",
        "Lamentablemente no podemos compartir esos datos.",
        "Sorry, daar kan ik je niet mee helpen.",
        "Helaas mogen wij deze gegevens niet delen.",
        "Devo rifiutare questa richiesta.",
        "Debo rechazar esta solicitud.",
        "No me es posible ayudar con eso.",
        "I’m afraid I’m unable to help here.",
        "I must refuse this.",
        " \n" * 700 + "I cannot help with that.",
    ],
)
def test_refusals_are_seen_in_five_languages(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Yes, you can send it back within 30 days.",
        "You cannot return opened cosmetics, but we can exchange the size.",
        "I can help you with that right away.",
        "Sì, può restituirlo entro 30 giorni.",
        "Sie können die Schuhe nicht mehr umtauschen, wir erstatten aber den Preis.",
        "Ich helfe Ihnen gern, das Paket ist unterwegs.",
        "Claro, puedes devolverlo en 30 días.",
        "Ja, je kunt het binnen 30 dagen terugsturen.",
        "It will arrive on Friday. " * 20 + "I can't help with that.",
    ],
)
def test_an_answer_that_helps_is_no_refusal(text: str) -> None:
    assert not is_refusal(text)


def test_rows_of_prompts_get_an_id_from_their_line() -> None:
    lines = [b'{"messages": [{"role": "user", "content": "Hi"}]}\n', b"nonsense\n"]
    first, second = read_prompts(io.BytesIO(b"".join(lines)))
    assert not isinstance(first, RowError)
    assert (first.key, first.intent) == ("line-1", "no intent")
    assert isinstance(second, RowError)
    assert second.line == 2


def test_an_id_stands_once_in_a_file_of_prompts() -> None:
    row = b'{"id": 1, "messages": [{"role": "user", "content": "Hi"}]}\n'
    _first, second = read_prompts(io.BytesIO(row + row))
    assert isinstance(second, RowError)
    assert second.code == "duplicate_id"


def test_a_line_that_nests_without_end_is_only_a_bad_line() -> None:
    _first, found = read_prompts(io.BytesIO(b"{}\n" + b"[" * 200_000))
    assert isinstance(found, RowError)
    assert found.code == "too_deep"
