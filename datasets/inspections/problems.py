"""Input and output of an inspection: the example, the project's settings, findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from datasets.conversations.chat import Content, TokenCount


class Severity(StrEnum):
    """Whether an example may be approved while the finding is open."""

    BLOCKING = "blocking"
    WARNING = "warning"


@dataclass(frozen=True)
class InspectionSettings:
    """The settings of a project that inspections use.

    `languages` are ISO 639-1 codes ("de"); empty means any. `phone_regions` are ISO 3166-1 codes
    ("DE"); empty means those where the languages are spoken.
    """

    token_budget: int = 4096
    message_token_budget: int = 2048
    tokenizer_model: str = "gpt-4o"
    requires_system_message: bool = True
    languages: tuple[str, ...] = ()
    phone_regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class InspectionFinding:
    """One finding, with its place.

    `message_index` counts from 0 and is None for the whole conversation; `start` and `end` are
    character offsets into that message's content. `text` is a sentence without personal data.
    `replacement` is the text that one click puts between the offsets; empty if there is none.
    """

    code: str
    severity: Severity
    text: str
    message_index: int | None = None
    start: int | None = None
    end: int | None = None
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class Inspected:
    """One example to be inspected, in normal form, with its token counts."""

    content: Content
    settings: InspectionSettings
    tokens: TokenCount


Inspection = Callable[[Inspected], Iterator[InspectionFinding]]
"""Yields what is wrong with an example, in any order."""
