"""National identity numbers in texts, recognised by their form and check digits.

The forms are those of the issuing administrations, as implemented in python-stdnum.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.us import ssn

from datasets.inspections.spans import Span, before, follows_object_noun

SEPARATORS = re.compile(r"[ \u00a0./-]")


@dataclass(frozen=True)
class Kind:
    """The identity number of one country: its form, its check, and when plain digits count as one.

    Attributes:
        name: a key of `texts.PERSONAL_DATA`.
        digits: its minimum number of digits.
        words: after one of these words, plain digits count in any project.
        region: ISO 3166-1; plain digits count in projects of this region.
        grouped: digits grouped as on the card count without a word before them.
    """

    name: str
    form: re.Pattern[str]
    digits: int
    is_valid: Callable[[str], bool]
    words: re.Pattern[str] | None = None
    region: str = ""
    grouped: bool = False


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9])(?:{pattern})(?![A-Za-z0-9])", re.IGNORECASE)


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_GAP = "[ \u00a0]?"
_NINO_NEVER = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


def _is_nino(number: str) -> bool:
    return number[:2].upper() not in _NINO_NEVER


KINDS = [
    Kind(
        "us_ssn",
        _form(r"[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}"),
        9,
        ssn.is_valid,
        words=_words(r"ssn|social security(?: number)?"),
        grouped=True,
    ),
    Kind(
        "gb_nino",
        _form(
            rf"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP}"
            rf"[0-9]{{2}}{_GAP}[A-D]"
        ),
        6,
        _is_nino,
    ),
    Kind(
        "gb_nhs",
        _form(r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}"),
        10,
        nhs.is_valid,
        words=_words(r"nhs(?: number| no)?"),
    ),
    Kind(
        "de_tax_id",
        _form(rf"[0-9]{{2}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{3}}"),
        11,
        idnr.is_valid,
        words=_words(r"steuer\W?id\w*|steuernummer|steueridentifikationsnummer|idnr|tax id"),
        region="DE",
        grouped=True,
    ),
    Kind("es_dni", _form(r"[0-9]{8}[ -]?[A-HJ-NP-TV-Z]"), 8, dni.is_valid),
    Kind("es_nie", _form(r"[XYZ][ -]?[0-9]{7}[ -]?[A-Z]"), 7, nie.is_valid),
    Kind(
        "it_codice_fiscale",
        _form(
            rf"[A-Z]{{3}}{_GAP}[A-Z]{{3}}{_GAP}[0-9L-NP-V]{{2}}[A-EHLMPRST][0-9L-NP-V]{{2}}{_GAP}"
            r"[A-Z][0-9L-NP-V]{3}[A-Z]"
        ),
        3,
        codicefiscale.is_valid,
    ),
    Kind(
        "nl_bsn",
        _form(r"[0-9]{4}[ .]?[0-9]{2}[ .]?[0-9]{3}|[0-9]{3}[ .][0-9]{3}[ .][0-9]{3}"),
        9,
        bsn.is_valid,
        words=_words(r"bsn|burgerservicenummer|sofi\W?nummer|burger\W?service\W?nummer"),
    ),
    Kind(
        "fr_nir",
        _form(
            rf"[1-478]{_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP}(?:2[AB]|[0-9]{{2}}){_GAP}[0-9]{{3}}"
            rf"{_GAP}[0-9]{{3}}{_GAP}[0-9]{{2}}"
        ),
        14,
        nir.is_valid,
    ),
]


def identity_spans(text: str, regions: tuple[str, ...], *, digits: int) -> Iterator[Span]:
    """Yield the national identity numbers of a text: enough digits, and valid check digits."""
    for kind in KINDS:
        for match in kind.form.finditer(text) if digits >= kind.digits else ():
            if _counts(kind, text, match, regions) and kind.is_valid(
                SEPARATORS.sub("", match[0]).upper()
            ):
                yield Span(*match.span(), "personal_id", 3, kind.name, "[ID]")


def _counts(kind: Kind, text: str, match: re.Match[str], regions: tuple[str, ...]) -> bool:
    """Return whether form and words suggest an identity number rather than any other number."""
    if kind.words is None or kind.words.search(before(text, match.start())):
        return True
    if follows_object_noun(text, match.start()):
        return False
    if not match[0].isdigit():
        return kind.grouped
    return bool(kind.region) and kind.region in regions
