"""Personal data in texts: email, telephone, IBAN, card, national identity numbers, IP addresses.

Every hit is a suggestion that a member confirms. python-stdnum computes check digits, phonenumbers
validates telephone numbers. Names and postal addresses are found by an optional model (names/).
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stdnum import iban, luhn, numdb

from datasets.inspections import identity, phones
from datasets.inspections.findings import Inspected, InspectionFinding, Severity, inspection
from datasets.inspections.names.search import MAX_CHARACTERS, NAME_CODES, NameSearch
from datasets.inspections.spans import Span, follows_object_noun, without_overlaps
from reviewapp.core.messages import message

EMAIL = re.compile(
    r"(?<![\w.+%'-])[\w.+%'-]{0,63}\w@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w-])"
)
IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}")
IBAN_PREFIX_LENGTH = 4
CARD = re.compile(r"(?<![0-9])[2-6](?:[ \u00a0.-]?[0-9]){11,18}(?![0-9])")
# The first digits of an issuer's cards, and how many digits these have.
ISSUERS = [
    (re.compile(r"4"), {13, 16, 19}),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),
    (re.compile(r"3[47]"), {15}),
    (re.compile(r"30[0-5]|3[689]"), {14, 16}),
    (re.compile(r"35(?:2[89]|[3-8])|6011|64[4-9]|65|62|81"), {16, 17, 18, 19}),
    (re.compile(r"5[06-8]|6[0-9]"), {12, 13, 14, 15, 16, 17, 18, 19}),
]
IPV4 = re.compile(r"(?<![\w.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w]|\.[0-9])")
IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
# No number that is searched for has fewer digits, or more characters between two of them.
SOME_DIGITS = re.compile(r"[0-9](?:[^0-9]{0,3}[0-9]){4}")
CARD_DIGITS = 12
IPV4_DOTS, IPV6_COLONS = 3, 7
UNCERTAIN_CODES = frozenset({"personal_ip", *NAME_CODES.values()})


@dataclass(frozen=True)
class _PersonalDataScan:
    """The hits in a text, and how many telephone number candidates were checked (PhoneScan)."""

    spans: tuple[Span, ...] = ()
    checked: int = 0
    is_cut: bool = False


@inspection
def inspect_personal_data(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield the places in the conversation that look like personal data."""
    content, settings = inspected.content, inspected.settings
    regions = phones.regions_for(settings, content.language)
    left, is_cut = phones.MAX_CANDIDATES, False
    names = NameSearch(inspected)
    for index, turn in enumerate(content.messages):
        shown = _scan(turn["content"] or "", regions, left)
        named = names.spans(turn)
        for span in without_overlaps([*shown.spans, *named]) if named else shown.spans:
            yield _finding(span, index)
        left -= shown.checked
        was_cut, is_cut = is_cut, is_cut or shown.is_cut
        hidden: dict[str, InspectionFinding] = {}
        for text in _hidden_texts(turn):
            beside = _scan(text, regions, left)
            left -= beside.checked
            is_cut = is_cut or beside.is_cut
            hidden |= {span.kind: _hidden_finding(span, index) for span in beside.spans}
        yield from hidden.values()
        if is_cut and not was_cut:
            yield _too_many_numbers(index)
    if names.is_cut:
        yield _names_not_read()


# The examples of one file mostly share their system message.
@lru_cache(maxsize=64)
def _scan(text: str, regions: tuple[str, ...], max_phones: int) -> _PersonalDataScan:
    if not text:
        return _PersonalDataScan()
    spans = list(_emails(text)) if "@" in text else []
    phone_scan = phones.EMPTY_PHONE_SCAN
    if SOME_DIGITS.search(text):
        digits = sum(map(text.count, "0123456789"))
        spans += _ibans(text)
        spans += _cards(text) if digits >= CARD_DIGITS else []
        spans += identity.identity_spans(text, regions, digits=digits)
        phone_scan = phones.find_phones(text, regions, most=max_phones)
    spans += phone_scan.spans
    spans += _addresses(text)
    return _PersonalDataScan(tuple(without_overlaps(spans)), phone_scan.checked, phone_scan.is_cut)


def _emails(text: str) -> Iterator[Span]:
    for match in EMAIL.finditer(text):
        yield Span(*match.span(), "personal_email", 3, "email", "[EMAIL]")


def _ibans(text: str) -> Iterator[Span]:
    for match in IBAN.finditer(text):
        length = _iban_length(match[0][:2].upper())
        places = [at for at in range(*match.span()) if text[at].isalnum()][:length]
        # The pattern may have included the beginning of the next word.
        number = "".join(text[at] for at in places)
        if length and len(number) == length and iban.is_valid(number):
            end = places[-1] + 1
            yield Span(match.start(), end, "personal_iban", 3, "iban", "[IBAN]")


@lru_cache(maxsize=1024)
def _iban_length(country: str) -> int:
    """Return the number of characters of a country's IBAN; 0 if it has none."""
    _, facts = numdb.get("iban").info(country)[0]
    parts = re.findall(r"([0-9]+)!", facts.get("bban", ""))
    return IBAN_PREFIX_LENGTH + sum(map(int, parts)) if parts else 0


def _cards(text: str) -> Iterator[Span]:
    for match in CARD.finditer(text):
        digits = "".join(filter(str.isdigit, match[0]))
        issued = any(
            pattern.match(digits) and len(digits) in lengths for pattern, lengths in ISSUERS
        )
        if issued and luhn.is_valid(digits):
            yield Span(*match.span(), "personal_card", 3, "card", "[CARD]")


def _addresses(text: str) -> Iterator[Span]:
    patterns = [IPV4] if text.count(".") >= IPV4_DOTS else []
    if "::" in text or text.count(":") >= IPV6_COLONS:
        patterns.append(IPV6)
    for pattern in patterns:
        for match in pattern.finditer(text):
            try:
                address = ipaddress.ip_address(match[0])
            except ValueError:
                continue
            if address.is_global and not follows_object_noun(text, match.start()):
                yield Span(*match.span(), "personal_ip", 2, "ip", "[IP]")


def _hidden_texts(turn: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts outside the content, in which the page marks nothing."""
    if "refusal" in turn:
        yield turn["refusal"]
    for call in turn.get("tool_calls", []):
        yield call["function"]["arguments"]
    if "function_call" in turn:
        yield turn["function_call"]["arguments"]


def _finding(span: Span, index: int) -> InspectionFinding:
    return InspectionFinding(
        span.code,
        _severity(span),
        message("inspections.personal_data", kind=span.kind, replacement=span.placeholder),
        index,
        span.start,
        span.end,
        span.placeholder,
    )


def _hidden_finding(span: Span, index: int) -> InspectionFinding:
    text = message("inspections.hidden_personal_data", kind=span.kind)
    return InspectionFinding(span.code, _severity(span), text, index)


def _too_many_numbers(index: int) -> InspectionFinding:
    return InspectionFinding(
        "too_many_numbers",
        Severity.BLOCKING,
        message("inspections.too_many_numbers", limit=phones.MAX_CANDIDATES),
        index,
    )


def _names_not_read() -> InspectionFinding:
    text = message("inspections.names_not_read", limit=MAX_CHARACTERS)
    return InspectionFinding("names_not_read", Severity.WARNING, text)


def _severity(span: Span) -> Severity:
    return Severity.WARNING if span.code in UNCERTAIN_CODES else Severity.BLOCKING
