"""The rules of a project's house voice, as values."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

VOICE_PREFIX: Final = "voice_"
"""The code of a finding of a rule is this and the rule's key."""
_EMPTY: Final = (None, "", ())


class VoiceKind(StrEnum):
    """What a rule asks of the answers."""

    GREETING = "greeting"
    SIGN_OFF = "sign_off"
    CALL_TO_ACTION = "call_to_action"
    POLICY = "policy"
    WORD = "word"
    LENGTH = "length"
    MARKUP = "markup"


@dataclass(frozen=True)
class VoiceRule:
    """One rule, and the examples that it is for.

    Attributes:
        key: names it in codes of findings and never changes.
        texts: greetings, sign-offs or calls to action of which one must be there; forbidden words;
            slugs of policies of which one must be cited (none: any policy).
        better: the word that replaces a forbidden one; empty if there is none.
        min_words, max_words: of the last answer; None for no limit.
        languages: base codes such as "de"; the rule is for examples in one of them, or for all.
        intents, tags: likewise; an example needs one of the intents and one of the tags.
        blocks: whether its findings prevent approval.
    """

    key: str
    name: str
    kind: VoiceKind
    texts: tuple[str, ...] = ()
    better: str = ""
    min_words: int | None = None
    max_words: int | None = None
    languages: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    blocks: bool = False

    @property
    def code(self) -> str:
        """The code of its findings."""
        return f"{VOICE_PREFIX}{self.key}"

    @property
    def has_fix(self) -> bool:
        """Whether one click, or a choice from a list, can fix some of its findings."""
        if self.kind == VoiceKind.WORD:
            return bool(self.better)
        # Nobody but an author can shorten an answer, or make it longer.
        return self.kind != VoiceKind.LENGTH

    @property
    def only_text(self) -> str:
        """The one text that can be put there; empty if there are several to choose from."""
        return self.texts[0] if len(self.texts) == 1 else ""

    def is_for(self, *, language: str, intent: str, tags: Iterable[str]) -> bool:
        """Return whether it is for an example with this base language and these labels."""
        return (
            (not self.languages or language in self.languages)
            and (not self.intents or intent in self.intents)
            and (not self.tags or not set(self.tags).isdisjoint(tags))
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as it is stored and exported, without what is empty."""
        values = {name: value for name, value in vars(self).items() if value not in _EMPTY}
        return {**values, "kind": self.kind.value, "blocks": self.blocks}
