"""Hostile conversations of any size for every inspection of examples."""

from collections.abc import Callable, Iterator
from functools import partial

from datasets.conversations.chat import Content, TokenCount
from datasets.inspections import InspectionSettings
from datasets.inspections.findings import Inspected, Inspection
from datasets.inspections.names.places import WORD, Mark
from datasets.inspections.personal import _scan
from datasets.inspections.voice_rules import VoiceKind, VoiceRule

NUMBERS = ("+49 {n} ", "0{n} ", "(030) {n}, ", "030 {n}, ", "call {n} ", "GB{n} ", "12-")
ADDRESSES = ("a@{n}.", "1.{n}.2.", "{n}:")
CHARACTERS = ("\u202e{n}", "\u200d", "a\r\n", "É{n}\u200d")
MARKS = ("<|a", "<|{n}|>", "{{", '""', " ", "a\n")
MARKUP = ("**a", "`", "[a](", "<b", "# ", "- ", "\n")
# Text of each size for an inspection, by its name; {n} is a number.
UNITS: dict[str, tuple[str, ...]] = {
    "inspect_characters": CHARACTERS,
    "inspect_language": ("a ", "É{n}"),
    "inspect_lengths": (" ",),
    "inspect_personal_data": (*NUMBERS, *ADDRESSES, *MARKS),
    "inspect_placeholders": ("{{a", "{{order"),
    "inspect_roles": ("a ",),
    "inspect_special_tokens": MARKS,
    "inspect_tools": ("[", '{{"a":'),
    "inspect_voice": (*MARKUP, "no  problem", "no ", "Best regards "),
}
TEXTS = {VoiceKind.POLICY: (), VoiceKind.LENGTH: (), VoiceKind.MARKUP: ()}
KNOWN_NAMES = tuple(f"Greta Lind{number}" for number in range(200))
SETTINGS = InspectionSettings(
    voice=tuple(
        VoiceRule(kind, "House", kind, TEXTS.get(kind, ("Best regards", "no problem")), max_words=1)
        for kind in VoiceKind
    ),
    placeholders=("{order}",),
    known_names=KNOWN_NAMES,
)
SIZE = 3000
# The first 300 candidates of telephone numbers are a fixed cost, which the small text pays too.
SIZES = {"inspect_personal_data": 8000}
NAMES_SIZE = 1200
"""Of two messages; four times as much is still searched for names."""
TURNS = 100


class MarksEveryWord:
    """Takes every word for a name."""

    def marks(self, text: str) -> Iterator[Mark]:
        """Yield all words as given names."""
        for word in WORD.finditer(text):
            yield Mark("GIVEN_NAME", *word.span(), 0.9)


def inspected(inspection: Inspection, unit: str, size: int) -> Callable[[], object]:
    """Return what inspects an example with a long text of customer and assistant."""
    # All numbers have as many digits, so that none of a size is too short to be looked at.
    text = "".join(unit.format(n=100_000 + n) for n in range(1 + size // len(unit)))[:size]
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": text}}
    return _inspects(
        inspection,
        [
            {"role": "user", "content": text},
            {"role": "assistant", "content": text, "tool_calls": [call]},
        ],
    )


def inspected_turns(inspection: Inspection, turns: int) -> Callable[[], object]:
    """Return what inspects an example of many turns, of which each has a call and its result."""
    messages: list[dict[str, object]] = []
    for number in range(turns):
        call = {"id": f"c{number}", "type": "function"}
        call["function"] = {"name": f"f{number}", "arguments": "{"}  # type: ignore[assignment]
        messages += [
            {"role": "user", "content": f"Call 0{number} {{order}}, Greta Lind1"},
            {
                "role": "assistant",
                "content": f"\u200d{number} **no problem**",
                "tool_calls": [call],
            },
            {"role": "tool", "content": "<|a|>", "tool_call_id": f"c{number}"},
        ]
    return _inspects(inspection, messages)


def _inspects(inspection: Inspection, messages: list[dict[str, object]]) -> Callable[[], object]:
    tools = [{"type": "function", "function": {"name": "f1"}}]
    tokens = TokenCount(0, [0] * len(messages), estimate=True)
    _scan.cache_clear()
    return partial(_all, inspection, Inspected(Content(messages, tools), SETTINGS, tokens))


def _all(inspection: Inspection, given: Inspected) -> None:
    list(inspection(given))
