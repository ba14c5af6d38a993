"""Input and output of an inspection: the example, the project's settings, findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from datasets.conversations.chat import Content, TokenCount
from datasets.inspections.voice_rules import VoiceRule
from reviewapp.core.messages import Message


class Severity(StrEnum):
    """Whether an example may be approved while the finding is open."""

    BLOCKING = "blocking"
    WARNING = "warning"


@dataclass(frozen=True)
class InspectionSettings:
    """The settings of a project that inspections use.

    `languages` are ISO 639-1 codes ("de"); empty means any. `phone_regions` are ISO 3166-1 codes
    ("DE"); empty means those where the languages are spoken. `placeholders` are those of the text
    blocks, with their braces. The words of `project_name` are the shop's own. Names and addresses
    are looked for if `finds_names`, except for `known_names`, which are no personal data.
    """

    token_budget: int = 4096
    message_token_budget: int = 2048
    tokenizer_model: str = "gpt-4o"
    requires_system_message: bool = True
    languages: tuple[str, ...] = ()
    phone_regions: tuple[str, ...] = ()
    voice: tuple[VoiceRule, ...] = ()
    placeholders: tuple[str, ...] = ()
    project_name: str = ""
    finds_names: bool = True
    known_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class InspectionFinding:
    """One finding, with its place. Its fields are the columns of the table `Finding`.

    Attributes:
        code: stable; filters and docs/findings.md use it.
        text: the sentence as a code of `texts.py` with parameters; never personal data.
        message_index: of the message it is in, from 0; None for the whole conversation.
        start, end: character offsets into that message's content; equal where something is
            missing at that place.
        replacement: the text that one click puts between the offsets; empty if there is none.
        removes: whether one click removes the text between the offsets.
    """

    code: str
    severity: Severity
    text: Message
    message_index: int | None = None
    start: int | None = None
    end: int | None = None
    replacement: str = ""
    removes: bool = False


@dataclass(frozen=True, slots=True)
class Inspected:
    """One example to be inspected, in normal form, with its token counts."""

    content: Content
    settings: InspectionSettings
    tokens: TokenCount


Inspection = Callable[[Inspected], Iterator[InspectionFinding]]
"""Yields the findings of an example, in any order."""

INSPECTIONS: Final[list[Inspection]] = []
"""All inspections, in the order of their modules."""


def inspection(function: Inspection) -> Inspection:
    """Register an inspection; `registry.py` imports every module of this package."""
    INSPECTIONS.append(function)
    return function
