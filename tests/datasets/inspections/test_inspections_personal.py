"""Personal data in texts: what is detected, what is ignored, and which of overlapping hits wins."""

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from datasets.conversations.chat import Content, count_tokens
from datasets.conversations.messages import Message
from datasets.inspections import InspectionSettings, Severity, phones
from datasets.inspections.findings import Inspected
from datasets.inspections.personal import _scan, inspect_personal_data
from datasets.inspections.registry import inspect
from datasets.inspections.spans import Span
from tests.datasets.inspections import numbers
from tests.datasets.inspections.numbers import digits, grouped

REGIONS = ("US", "GB", "DE", "ES", "IT", "NL", "FR")
PLACEHOLDERS = ("[EMAIL]", "[PHONE]", "[IBAN]", "[CARD]", "[ID]", "[IP]")


def inspected(messages: list[Message]) -> Inspected:
    return Inspected(Content(messages), InspectionSettings(), count_tokens(messages, None))


def spans_of(text: str) -> tuple[Span, ...]:
    return _scan(text, REGIONS, phones.MAX_CANDIDATES).spans


def found(text: str) -> list[tuple[str, str]]:
    return [(span.code, text[span.start : span.end]) for span in spans_of(text)]


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("Write to anna.rossi+shop@example.co.uk.", "anna.rossi+shop@example.co.uk"),
        ("<o'neill@example.com>", "o'neill@example.com"),
        ("müller@bücher.example", "müller@bücher.example"),
        ("(a@b.io)", "a@b.io"),
    ],
)
def test_an_email_address_is_found_without_what_surrounds_it(text: str, email: str) -> None:
    assert found(text) == [("personal_email", email)]


@pytest.mark.parametrize("text", ["a@b", "5 @ 3.50 each", "@handle", "me at example dot com", "@"])
def test_what_only_looks_like_an_email_address_is_ignored(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "phone",
    [
        "(212) 555-0123",
        "212-555-0147",
        "+1 415 555 2671",
        "+44 20 7946 0958",
        "07911 123456",
        "030/23125000",
        "0151 23456789",
        "+39 333 123 4567",
        "612 345 678",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "070-1234567",
    ],
)
def test_a_telephone_number_of_each_region_is_found(phone: str) -> None:
    assert found(f"You reach me under {phone}, thanks.") == [("personal_phone", phone)]


def test_bare_digits_are_a_telephone_number_only_after_a_word_for_it() -> None:
    assert found("please call 4155552671") == [("personal_phone", "4155552671")]
    assert found("4155552671 is what it says") == []
    assert found("It is about order 0612345678.") == []


@pytest.mark.parametrize(
    "text",
    [
        "Order 123456789 of 2026-05-12, ISBN 978-3-16-148410-0, version 1.2.3.4",
        "am 03.05.2024 um 14:30 Uhr",
        "Sizes 36 37 38 39 40 41 are left",
        "1.234,56 EUR and 10.000.000 points, or price 1 000 000 000",
        "Paket 00340434161094042557",
        "#4155552671",
        "ref 2024-118-4455",
        "0 1 2 3 4 5 6 7 8 9 10",
    ],
)
def test_numbers_of_things_are_ignored(text: str) -> None:
    assert found(text) == []


@given(
    st.sampled_from([("4", 16), ("4", 13), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16)]),
    st.data(),
    st.sampled_from(["", " ", "-"]),
)
def test_a_card_number_is_found_by_issuer_and_check_digit(
    issuer: tuple[str, int], data: st.DataObject, separator: str
) -> None:
    prefix, length = issuer
    body = prefix + data.draw(digits(length - len(prefix) - 1))
    good = body + numbers.luhn_digit(body)
    written = grouped(good, 4, separator) if separator else good
    assert ("personal_card", written) in found(f"It was charged to {written} twice.")
    wrong = good[:-1] + str((int(good[-1]) + 1) % 10)
    assert "personal_card" not in [code for code, _ in found(f"It was charged to {wrong} twice.")]


@given(st.sampled_from([("DE", "", 18), ("NL", "ABNA", 10), ("GB", "NWBK", 14)]), st.data())
def test_an_iban_is_found_by_country_and_check_digits(
    country: tuple[str, str, int], data: st.DataObject
) -> None:
    code, bank, length = country
    good = numbers.iban(code, bank + data.draw(digits(length)))
    for written in (good, grouped(good, 4), good.lower()):
        assert found(f"IBAN {written} and nothing else") == [("personal_iban", written)]
    swapped = good[:-2] + good[-1] + good[-2]
    assume(swapped != good)
    assert ("personal_iban", swapped) not in found(swapped)


@given(digits(8))
def test_a_spanish_dni_is_found_by_its_letter(number: str) -> None:
    good = numbers.dni(number)
    assert found(f"Mi DNI es {good}.") == [("personal_id", good)]
    wrong = number + ("A" if good[-1] != "A" else "B")
    assert ("personal_id", wrong) not in found(f"Mi DNI es {wrong}.")


@given(st.sampled_from("12"), st.integers(0, 99), st.integers(1, 12), digits(3), digits(3))
@settings(max_examples=50)
def test_a_french_nir_wins_over_a_card_number(
    sex: str, year: int, month: int, commune: str, order: str
) -> None:
    good = numbers.nir(f"{sex}{year:02}{month:02}75{commune}{order}")
    assert found(f"NIR {good}") == [("personal_id", good)]


@given(digits(8))
def test_a_dutch_bsn_needs_the_word_for_it(number: str) -> None:
    good = numbers.bsn(number)
    assume(good is not None)
    assert good is not None
    assert ("personal_id", good) in found(f"Mijn BSN is {good}")
    assert ("personal_id", good) not in found(f"Bestelling {good}")


@given(digits(9))
def test_an_nhs_number_needs_the_word_for_it(number: str) -> None:
    good = numbers.nhs(number)
    assume(good is not None)
    assert good is not None
    assert ("personal_id", good) in found(f"My NHS number is {good}")
    assert ("personal_id", good) not in found(f"Order {good}")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("SSN 219-09-9998", "219-09-9998"),
        ("My NINO: AB 12 34 56 C", "AB 12 34 56 C"),
        ("Steuer-ID 86 095 742 719", "86 095 742 719"),
        ("Steuer-ID 86095742719", "86095742719"),
        ("NIE X2482300W", "X2482300W"),
        ("CF RCCMNL83S18D969H", "RCCMNL83S18D969H"),
    ],
)
def test_published_identity_numbers_are_found(text: str, number: str) -> None:
    assert found(text) == [("personal_id", number)]


@pytest.mark.parametrize("text", ["SSN 666-09-9998", "QQ 12 34 56 C", "CF RCCMNL83S18D969X"])
def test_identity_numbers_that_are_not_valid_are_ignored(text: str) -> None:
    assert "personal_id" not in [code for code, _ in found(text)]


def test_an_ip_address_of_the_internet_is_a_warning_and_a_private_one_nothing() -> None:
    text = "from 8.8.8.8 and 2001:4860:4860::8888, not 192.168.1.1, at 12:30:45, firmware 8.8.4.4"
    assert found(text) == [("personal_ip", "8.8.8.8"), ("personal_ip", "2001:4860:4860::8888")]
    findings = inspect(Content([{"role": "user", "content": text}]), InspectionSettings())
    assert {f.severity for f in findings if f.code == "personal_ip"} == {Severity.WARNING}


@given(st.lists(st.sampled_from([*PLACEHOLDERS, " ", ", ", "call ", "IBAN ", "BSN ", "\n"])))
def test_placeholders_never_trigger(parts: list[str]) -> None:
    assert found("".join(parts)) == []


@given(st.text(st.sampled_from("0123456789 .-+()@:abcDEX/\n[]"), max_size=120))
def test_hits_lie_in_the_text_in_order_and_never_overlap(text: str) -> None:
    spans = spans_of(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(left.end <= right.start for left, right in pairwise(spans))


def test_replacing_every_hit_leaves_none() -> None:
    text = "Mail a@b.io, call 212-555-0147, card 4111 1111 1111 1111, DE89370400440532013000."
    for span in reversed(spans_of(text)):
        text = text[: span.start] + span.placeholder + text[span.end :]
    assert text == "Mail [EMAIL], call [PHONE], card [CARD], [IBAN]."
    assert found(text) == []


def test_a_finding_has_place_and_replacement_without_the_data() -> None:
    content = Content([{"role": "user", "content": "I am a@b.io"}])
    finding = next(f for f in inspect(content, InspectionSettings()) if f.start is not None)
    assert (finding.code, finding.message_index) == ("personal_email", 0)
    assert (finding.start, finding.end, finding.replacement) == (5, 11, "[EMAIL]")
    assert finding.severity is Severity.BLOCKING
    assert finding.text.params == {"kind": "email", "replacement": "[EMAIL]"}


def test_the_arguments_of_tool_calls_are_inspected() -> None:
    call = {"id": "1", "function": {"name": "mail", "arguments": '{"to": "a@b.io"}'}}
    content = Content([{"role": "assistant", "content": None, "tool_calls": [call]}])
    finding = next(f for f in inspect(content, InspectionSettings()) if f.code == "personal_email")
    assert (finding.message_index, finding.start, finding.replacement) == (0, None, "")
    assert finding.text.params == {"kind": "email"}


def test_only_the_regions_of_the_project_count_for_telephone_numbers() -> None:
    content = Content([{"role": "user", "content": "Ruf 030 23125000 an."}])
    german = inspect(content, InspectionSettings(phone_regions=("DE",)))
    american = inspect(content, InspectionSettings(phone_regions=("US",)))
    assert "personal_phone" in [finding.code for finding in german]
    assert "personal_phone" not in [finding.code for finding in american]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1 " * 50_000, 0),
        ("a@" * 50_000, 0),
        ("12-" * 50_000, 0),
        (":" * 100_000, 0),
        ("DE89 " * 20_000, 0),
        ("GB12 " * 20_000, 0),
        ("a@b.io " * 30_000, 30_000),
    ],
)
def test_a_hostile_text_is_read_to_its_end_without_false_hits(text: str, found: int) -> None:
    # A pattern with quadratic backtracking would take hours.
    spans = spans_of(text)
    assert [span.code for span in spans] == ["personal_email"] * found


@pytest.mark.parametrize("texts", [["0{:09} "], ["(030) {:07}, ", "+49 30 {:07}, "]])
def test_growth_an_example_has_a_bounded_number_of_telephone_numbers_checked(
    texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    check, checked = phones._place_in, set()

    def counting(candidate: str, regions: tuple[str, ...]) -> tuple[int, int] | None:
        checked.add(candidate)
        return check(candidate, regions)

    monkeypatch.setattr(phones, "_place_in", counting)
    for count in (200, 400, 800):
        checked.clear()
        messages = [
            {"role": "user", "content": "".join(text.format(n) for n in range(count))}
            for text in texts
        ]
        codes = [finding.code for finding in inspect_personal_data(inspected(messages))]
        assert len(checked) == min(count * len(texts), 300)
        assert codes.count("too_many_numbers") == (count * len(texts) > 300)


def test_the_same_telephone_number_is_checked_once_and_found_everywhere() -> None:
    text = "Call 030 23125000 now. " * 2000
    phones._place_in.cache_clear()
    assert len(spans_of(text)) == 2000
    assert phones._place_in.cache_info().misses == 1


def test_personal_data_behind_too_many_numbers_is_still_found() -> None:
    numbers_first = "".join(f"0{n:09} " for n in range(1000)) + "a@b.io"
    messages = [{"role": "user", "content": numbers_first}, {"role": "user", "content": "c@d.io"}]
    findings = inspect_personal_data(inspected(messages))
    mails = [finding.message_index for finding in findings if finding.code == "personal_email"]
    assert mails == [0, 1]
