"""The terms of a run that a lead decides before it opens. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from evaluation.gates import GateSettings
from evaluation.runs.criteria import CriterionTerms, criteria_errors, criterion_lines
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message, message

HUNDRED = 100
MAX_VOTES_PER_EXAMPLE = 20
MAX_NAME_LENGTH = 100
MAX_GOLD_PERCENT = 30
MAX_TRAINING_EXAMPLES = 20


@dataclass(frozen=True)
class Sampling:
    """The sampling settings of both models; None leaves a setting to the provider.

    Attributes:
        temperature: 0 to 2.
        max_tokens: limit of the answer in tokens.
        seed: sent to services that accept one.
        system: a system message for prompts that have none.
    """

    temperature: float | None = 0.2
    max_tokens: int | None = 512
    seed: int | None = 1
    system: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the settings as JSON values, without those that are left to the provider."""
        known = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": self.seed}
        given = {name: value for name, value in known.items() if value is not None}
        return given | ({"system": self.system} if self.system else {})

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the settings that `as_json` encoded."""
        return cls(
            temperature=stored.get("temperature"),
            max_tokens=stored.get("max_tokens"),
            seed=stored.get("seed"),
            system=stored.get("system", ""),
        )

    def request_messages(self, prompt: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the messages to send: the prompt, with the run's system message if it has none."""
        messages = [dict(message) for message in prompt]
        if self.system and not any(message.get("role") == "system" for message in messages):
            messages.insert(0, {"role": "system", "content": self.system})
        return messages


@dataclass(frozen=True)
class IntentTerms:
    """One row of a run's win rates: an intent, or a named group of intents.

    Attributes:
        name: of the intent or the group.
        members: the intents it counts; empty means the intent of that name.
        gated: whether it must pass; otherwise it is only watched.
        threshold: its own threshold between 0 and 1; None for that of the run.
    """

    name: str
    members: tuple[str, ...] = ()
    gated: bool = True
    threshold: float | None = None


@dataclass(frozen=True)
class RunTerms:
    """The terms that are fixed when the run opens. `intents` holds the intents' own thresholds.

    Intents that no entry of `intents` names count separately and are gated.
    """

    gates: GateSettings = field(default_factory=GateSettings)
    votes_per_example: int = 1
    overlap_percent: int = 20
    overlap_votes: int = 3
    intents: tuple[IntentTerms, ...] = ()
    rater_ids: tuple[int, ...] = ()
    # Percent of what is served that are gold checks, and how many the training round has.
    gold_percent: int = 0
    training_examples: int = 0
    # Asked after the overall choice, in this order.
    criteria: tuple[CriterionTerms, ...] = ()
    # Shown to reviewers instead of the name of the run.
    title: str = ""

    def validation_errors(self) -> list[Message]:
        """Return what is inconsistent; empty if nothing is."""
        limit, errors = MAX_VOTES_PER_EXAMPLE, []
        if not 1 <= self.votes_per_example <= limit:
            errors.append(message("runs.votes_out_of_range", limit=limit))
        if not self.votes_per_example <= self.overlap_votes <= limit:
            errors.append(message("runs.overlap_votes_out_of_range", limit=limit))
        if not 0 <= self.overlap_percent <= HUNDRED:
            errors.append(message("runs.overlap_percent_out_of_range"))
        if not (
            0 <= self.gold_percent <= MAX_GOLD_PERCENT
            and 0 <= self.training_examples <= MAX_TRAINING_EXAMPLES
        ):
            errors.append(
                message(
                    "runs.gold_out_of_range",
                    percent=MAX_GOLD_PERCENT,
                    examples=MAX_TRAINING_EXAMPLES,
                )
            )
        return errors + criteria_errors(self.criteria)


@dataclass(frozen=True)
class RunPlan:
    """The plan of a new run: its name, its two models, sampling and terms."""

    name: str
    candidate_id: int
    baseline_id: int
    sampling: Sampling = Sampling()
    terms: RunTerms = field(default_factory=RunTerms)
    # Prompts that the candidate was trained on are left out instead of rejected.
    exclude_leaked: bool = False
    # Drawn if None.
    order_seed: int | None = None
    is_demo: bool = False


def grouped_intents(intents: Iterable[IntentTerms], own: Iterable[str]) -> dict[str, IntentTerms]:
    """Return the row in which each intent of the set is counted, by name of the intent.

    Args:
        intents: as the lead entered them.
        own: the intents of the set.
    Raises:
        InvalidInput: an intent is in two rows, a row has an intent that the set does not have, or
            two rows have the same name.
    """
    names, rows = set(own), {}
    for row in intents:
        if not row.name or len(row.name) > MAX_NAME_LENGTH:
            raise InvalidInput(message("runs.intent_name_length", limit=MAX_NAME_LENGTH))
        for member in row.members or (row.name,):
            if member not in names:
                raise InvalidInput(message("runs.unknown_intent", intent=member, group=row.name))
            if member in rows:
                raise InvalidInput(message("runs.intent_twice", intent=member))
            rows[member] = row
    for name in sorted(names - rows.keys()):
        rows[name] = IntentTerms(name)
    return _with_members(rows)


def _with_members(rows: Mapping[str, IntentTerms]) -> dict[str, IntentTerms]:
    by_name: dict[str, list[str]] = defaultdict(list)
    for own, row in rows.items():
        by_name[row.name].append(own)
    if len(by_name) != len({id(row) for row in rows.values()}):
        raise InvalidInput(message("runs.group_twice"))
    members = {name: tuple(sorted(owned)) for name, owned in by_name.items()}
    return {own: replace(row, members=members[row.name]) for own, row in rows.items()}


def gate_settings(
    base: GateSettings, rows: Iterable[IntentTerms], criteria: Iterable[CriterionTerms] = ()
) -> GateSettings:
    """Return the settings with what these rows and criteria ask for."""
    rows = list(rows)
    return replace(
        base,
        watch_only=frozenset(row.name for row in rows if not row.gated),
        intent_thresholds={
            row.name: row.threshold for row in rows if row.gated and row.threshold is not None
        },
        criterion_thresholds=criterion_lines(criteria, base.t_intent),
    )
