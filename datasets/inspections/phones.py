"""Telephone numbers in texts, by the numbering plans of the project's regions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from phonenumbers import Leniency, PhoneNumberMatcher

from datasets.inspections.findings import InspectionSettings
from datasets.inspections.spans import Span, before, follows_object_noun

REGIONS_OF_LANGUAGE = {
    "en": ("US", "GB"),
    "de": ("DE", "AT", "CH"),
    "es": ("ES",),
    "it": ("IT",),
    "nl": ("NL", "BE"),
    "fr": ("FR", "BE"),
    "pt": ("PT", "BR"),
}
ANY_REGION = ("US", "GB", "DE", "ES", "IT", "NL", "FR")

# At least seven digits with few characters between them.
CANDIDATE = re.compile(
    r"(?<![\w.,#])(?:\+|\(\+?)?[0-9](?:[ \u00a0().\u2010-\u2013/-]{0,3}[0-9]){6,17}(?![0-9])"
)
MAX_DIGITS = 15
# The maximum number of candidates checked in an example: each takes up to a millisecond.
MAX_CANDIDATES = 300
# Sizes, quantities, dates: no numbering plan groups single small numbers without a leading zero.
SMALL_NUMBERS = re.compile(r"[1-9][0-9]?(?:[^0-9]+[0-9]{1,2})+")
DATE = re.compile(
    r"(?<![0-9.])(?:[0-9]{4}([./-])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{1,2}([./-])[0-9]{1,2}\2"
    r"(?:[0-9]{4}|[0-9]{2}))(?![0-9]|[./-][0-9])"
)
CALL = re.compile(
    r"(?:\b(?:tel|phone|call|cell|mobile|mob|text|whatsapp|ring|fax|number is|reach)|telefo|handy|"
    r"mobil|ruf|anruf|móvil|movil|llam|cellulare|chiama|numero|número|nummer|bel |bellen|"
    r"téléphone|portable|appel)[^.!?\n]{0,24}$",
    re.IGNORECASE,
)


def regions_for(settings: InspectionSettings, language: str = "") -> tuple[str, ...]:
    """Return the regions whose numbering plans apply: the project's or its languages'."""
    if settings.phone_regions:
        return settings.phone_regions
    languages = [language, *settings.languages]
    regions = [
        region
        for code in languages
        for region in REGIONS_OF_LANGUAGE.get(code.split("-")[0].lower(), ())
    ]
    if not settings.languages:
        regions += ANY_REGION
    return tuple(dict.fromkeys(regions)) or ANY_REGION


@dataclass(frozen=True)
class PhoneScan:
    """The telephone numbers of a text.

    Also how many different candidates were checked, and whether there were more.
    """

    spans: list[Span]
    checked: int
    is_cut: bool


EMPTY_PHONE_SCAN = PhoneScan([], 0, is_cut=False)


def find_phones(text: str, regions: tuple[str, ...], *, most: int = MAX_CANDIDATES) -> PhoneScan:
    """Return the telephone numbers of a text among its first `most` different candidates.

    A number with a plus or grouped digits must be valid in one of the regions; bare digits, which
    are more often numbers of orders and parcels, need a trunk zero or a word such as "call" before
    them.
    """
    spans: list[Span] = []
    checked: set[str] = set()
    for match in _candidates(text):
        if match[0] not in checked:
            if len(checked) >= most:
                return PhoneScan(spans, len(checked), is_cut=True)
            checked.add(match[0])
        place = _place_in(match[0], regions)
        if place is not None:
            start, end = (match.start() + offset for offset in place)
            spans.append(Span(start, end, "personal_phone", 2, "phone", "[PHONE]"))
    return PhoneScan(spans, len(checked), is_cut=False)


def _candidates(text: str) -> Iterator[re.Match[str]]:
    """Yield the parts of a text that look like telephone numbers."""
    masked = DATE.sub(lambda match: "x" * len(match[0]), text) if DATE.search(text) else text
    for match in CANDIDATE.finditer(masked):
        if sum(map(str.isdigit, match[0])) > MAX_DIGITS:
            continue
        if SMALL_NUMBERS.fullmatch(match[0]):
            continue
        if match[0].isdigit() and not _meant_as_phone(text, match):
            continue
        yield match


# The same number often occurs in many messages.
@lru_cache(maxsize=4096)
def _place_in(candidate: str, regions: tuple[str, ...]) -> tuple[int, int] | None:
    """Return the place in a candidate of a number that is valid in a region; None without one."""
    # A number with a plus names its country: the result is the same for each region.
    for region in regions[:1] if "+" in candidate else regions:
        hit = next(iter(PhoneNumberMatcher(candidate, region, Leniency.VALID)), None)
        if hit is not None:
            return hit.start, hit.end
    return None


def _meant_as_phone(text: str, match: re.Match[str]) -> bool:
    if follows_object_noun(text, match.start()):
        return False
    return match[0].startswith("0") or CALL.search(before(text, match.start())) is not None
