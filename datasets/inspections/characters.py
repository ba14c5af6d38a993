"""Inspection for invisible characters that a model would learn: controls, bidi marks, zero widths.

Joiners and direction marks are allowed where a script needs them.
"""

import re
import unicodedata
from collections.abc import Iterator

from datasets.inspections.findings import Inspected, InspectionFinding, Severity, inspection
from reviewapp.core.messages import Message, message

# Unicode's Cc without tab and line feed, Bidi_Control, Default_Ignorable_Code_Point without
# variation selectors, soft hyphen, interlinear annotation, and the separators that end a line.
INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
    "]+"
)
LINE_SEPARATORS = "\x0b\x0c\x85\u2028\u2029"
MARKS = "\u200e\u200f\u061c"
JOINERS = "\u200c\u200d"
# The black flag with which flags of regions begin; tag characters spell their names.
FLAG = "\U0001f3f4"
TAGS = re.compile("[\U000e0020-\U000e007f]+")
NAMES = {
    "\x1b": "escape",
    "\x85": "next line",
    "\xad": "soft hyphen",
    "\ufeff": "byte order mark",
}
RIGHT_TO_LEFT = {"R", "AL"}
INVISIBLE_CHARACTER = "invisible_character"


@inspection
def inspect_characters(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield the runs of invisible characters in the texts of the messages."""
    for index, turn in enumerate(inspected.content.messages):
        text = turn["content"]
        # The fast test comes first: an import calls this for each message.
        if not text or (text.isascii() and text.isprintable()) or not INVISIBLE.search(text):
            continue
        is_right_to_left = any(map(_is_right_to_left, text))
        for match in INVISIBLE.finditer(text):
            if not _is_needed(match, text, is_right_to_left=is_right_to_left):
                yield _finding(match, text, index)


def _is_right_to_left(character: str) -> bool:
    is_letter = character > "\u0590" and character not in MARKS
    return is_letter and unicodedata.bidirectional(character) in RIGHT_TO_LEFT


def _is_needed(match: re.Match[str], text: str, *, is_right_to_left: bool) -> bool:
    """Return whether the script around a run needs it: a joiner, a mark beside Arabic, a flag."""
    run = match[0]
    if all(character in MARKS for character in run):
        return is_right_to_left and len(run) == 1
    if len(run) == 1 and run in JOINERS:
        around = (
            text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
        )
        return len(around) > 1 and not any(map(_is_latin, around))
    return bool(TAGS.fullmatch(run)) and text[match.start() - 1 : match.start()] == FLAG


def _is_latin(character: str) -> bool:
    # Latin, Greek and Cyrillic letters do not join; a space has nothing to be joined to.
    return character < "\u0530"


def _finding(match: re.Match[str], text: str, index: int) -> InspectionFinding:
    start, end = match.span()
    is_line_end = all(character in LINE_SEPARATORS for character in match[0])
    replacement = "\n" if is_line_end else ""
    # The neighbouring character is marked too: the run alone has no visible width.
    if not replacement and start:
        start, replacement = start - 1, text[start - 1]
    elif not replacement and end < len(text):
        end, replacement = end + 1, text[end]
    return InspectionFinding(
        INVISIBLE_CHARACTER,
        Severity.WARNING,
        _text(match[0]),
        index,
        start,
        end,
        replacement,
    )


def _text(run: str) -> Message:
    """Return the sentence about a run, with the code point and Unicode name of its first."""
    first, more = run[0], len(run) - 1
    character = f"U+{ord(first):04X}"
    name = NAMES.get(first) or unicodedata.name(first, "control character").lower()
    if more:
        return message(
            "inspections.invisible_characters", character=character, name=name, more=more
        )
    return message("inspections.invisible_character", character=character, name=name)
