"""The criteria that reviewers are asked about after the overall choice, as terms of a run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from reviewapp.core.messages import Message, message

MAX_CRITERIA: Final = 4
MAX_CRITERION_NAME: Final = 60
MAX_QUESTION: Final = 200
DEFAULT_LINE: Final = 0.4
"""Win rate to pass on a criterion with a gate, in a run that gates no intent."""


class StandardCriterion(StrEnum):
    """Criteria with a name and a question in every language of the app; codes never change."""

    REFUSAL_ACCURACY = "refusal_accuracy"
    CITATION_FAITHFULNESS = "citation_faithfulness"
    MULTILINGUAL_CLARITY = "multilingual_clarity"
    TONE = "tone"


@dataclass(frozen=True)
class CriterionTerms:
    """A criterion of a run: a standard one by its code, or an own one with name and question.

    Attributes:
        code: a `StandardCriterion`; empty for an own criterion.
        name, question: of an own criterion, as the lead wrote them.
        gated: whether the candidate must be shown not to be worse on it. Then reviewers cannot
            pass it over.
    """

    code: str = ""
    name: str = ""
    question: str = ""
    gated: bool = False

    @property
    def key(self) -> str:
        """What identifies it in the run, its files and the API: its code, or its own name."""
        return self.code or self.name

    def as_json(self) -> dict[str, Any]:
        """Return the criterion as JSON values."""
        own = {} if self.code else {"name": self.name, "question": self.question}
        return ({"code": self.code} if self.code else own) | {"gated": self.gated}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the criterion that `as_json` encoded.

        Raises:
            ValueError: a value has the wrong type.
        """
        texts = {name: stored.get(name, "") for name in ("code", "name", "question")}
        gated = stored.get("gated", False)
        if not all(isinstance(text, str) for text in texts.values()) or not isinstance(gated, bool):
            raise ValueError("a criterion has the texts code, name and question, and gated")
        return cls(**texts, gated=gated)


def criteria_errors(criteria: Sequence[CriterionTerms]) -> list[Message]:
    """Return what is wrong with the criteria of a run; empty if nothing is."""
    errors = []
    if len(criteria) > MAX_CRITERIA:
        errors.append(message("runs.too_many_criteria", limit=MAX_CRITERIA))
    for criterion in criteria:
        if criterion.code and (
            criterion.code not in set(StandardCriterion) or criterion.name or criterion.question
        ):
            errors.append(message("runs.unknown_criterion", criterion=criterion.code))
        elif not criterion.code and not _is_own(criterion):
            errors.append(
                message("runs.own_criterion", name=MAX_CRITERION_NAME, question=MAX_QUESTION)
            )
    keys = [criterion.key.casefold() for criterion in criteria]
    own = {criterion.name.casefold() for criterion in criteria if not criterion.code}
    if len(set(keys)) < len(keys) or own & set(StandardCriterion):
        errors.append(message("runs.criterion_twice"))
    return errors


def _is_own(criterion: CriterionTerms) -> bool:
    texts = ((criterion.name, MAX_CRITERION_NAME), (criterion.question, MAX_QUESTION))
    return all(
        text.strip() == text and 0 < len(text) <= limit and text.isprintable()
        for text, limit in texts
    )


def criterion_lines(
    criteria: Iterable[CriterionTerms], line_of_intents: float | None
) -> dict[str, float]:
    """Return the win rate to pass on each criterion with a gate: that of the run's intents."""
    line = DEFAULT_LINE if line_of_intents is None else line_of_intents
    return {criterion.key: line for criterion in criteria if criterion.gated}
