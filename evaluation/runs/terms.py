"""What a lead decides when a run is set up, as plain values. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from evaluation.gates import GateSettings
from reviewapp.core.errors import InvalidInput

HUNDRED = 100
MAX_VOTES_PER_EXAMPLE = 20
MAX_NAME_LENGTH = 100


@dataclass(frozen=True)
class Sampling:
    """How both models are asked. None leaves the choice to the provider.

    Attributes:
        temperature: 0 to 2.
        max_tokens: the longest answer in tokens.
        seed: asked for where the provider knows seeds.
        system: a system message for prompts that have none.
    """

    temperature: float | None = 0.2
    max_tokens: int | None = 512
    seed: int | None = 1
    system: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the settings in plain JSON values, without what is left to the provider."""
        known = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": self.seed}
        given = {name: value for name, value in known.items() if value is not None}
        return given | ({"system": self.system} if self.system else {})

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the settings that `as_json` gave."""
        return cls(
            temperature=stored.get("temperature"),
            max_tokens=stored.get("max_tokens"),
            seed=stored.get("seed"),
            system=stored.get("system", ""),
        )

    def request_messages(self, prompt: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the messages to send: the prompt, with our system message if it has none."""
        messages = [dict(message) for message in prompt]
        if self.system and not any(one.get("role") == "system" for one in messages):
            messages.insert(0, {"role": "system", "content": self.system})
        return messages


@dataclass(frozen=True)
class IntentTerms:
    """One row of a run's win rates: an intent, or a named group of intents.

    Attributes:
        name: of the intent or the group.
        members: the intents it counts; empty means the intent of that name.
        gated: whether it must pass; otherwise it is only watched.
        threshold: its own threshold between 0 and 1; None takes the run's.
    """

    name: str
    members: tuple[str, ...] = ()
    gated: bool = True
    threshold: float | None = None


@dataclass(frozen=True)
class RunTerms:
    """What is fixed when the run opens. Thresholds of intents stand in `intents`.

    Intents that no entry of `intents` names count by themselves and are gated.
    """

    gates: GateSettings = field(default_factory=GateSettings)
    votes_per_example: int = 1
    overlap_percent: int = 20
    overlap_votes: int = 3
    intents: tuple[IntentTerms, ...] = ()
    rater_ids: tuple[int, ...] = ()
    # What reviewers see instead of the run's name.
    title: str = ""

    def validation_errors(self) -> list[str]:
        """Say what makes no sense; empty when all does."""
        found = []
        if not 1 <= self.votes_per_example <= MAX_VOTES_PER_EXAMPLE:
            found.append(f"Each example needs between 1 and {MAX_VOTES_PER_EXAMPLE} votes.")
        if not self.votes_per_example <= self.overlap_votes <= MAX_VOTES_PER_EXAMPLE:
            found.append(
                "An overlap example needs at least as many votes as every other example, and "
                f"at most {MAX_VOTES_PER_EXAMPLE}."
            )
        if not 0 <= self.overlap_percent <= HUNDRED:
            found.append("The overlap set is between 0 and 100 percent of the examples.")
        return found


@dataclass(frozen=True)
class RunPlan:
    """A run to be: its name, its two models, how they are asked, and its terms."""

    name: str
    candidate_id: int
    baseline_id: int
    sampling: Sampling = Sampling()
    terms: RunTerms = field(default_factory=RunTerms)
    # Prompts that the candidate was trained on are left out instead of refused.
    exclude_leaked: bool = False
    # None draws one.
    order_seed: int | None = None
    is_demo: bool = False


def grouped_intents(intents: Iterable[IntentTerms], own: Iterable[str]) -> dict[str, IntentTerms]:
    """Say where each intent of the set is counted: own name -> its row.

    Args:
        intents: as the lead entered them.
        own: the intents of the set.
    Raises:
        InvalidInput: an intent stands in two rows, a row counts an intent the set does not
            have, or two rows have one name.
    """
    names, rows = set(own), {}
    for row in intents:
        if not row.name or len(row.name) > MAX_NAME_LENGTH:
            raise InvalidInput(f"An intent's name needs 1 to {MAX_NAME_LENGTH} characters.")
        for member in row.members or (row.name,):
            if member not in names:
                raise InvalidInput(
                    f"The set has no intent “{member}”. Take it out of “{row.name}”."
                )
            if member in rows:
                raise InvalidInput(f"“{member}” stands in two rows. Leave it in one.")
            rows[member] = row
    for name in sorted(names - rows.keys()):
        rows[name] = IntentTerms(name)
    return _with_members(rows)


def _with_members(rows: Mapping[str, IntentTerms]) -> dict[str, IntentTerms]:
    by_name: dict[str, list[str]] = defaultdict(list)
    for own, row in rows.items():
        by_name[row.name].append(own)
    if len(by_name) != len({id(row) for row in rows.values()}):
        raise InvalidInput("Two rows of intents have the same name. Rename one, or merge them.")
    members = {name: tuple(sorted(owned)) for name, owned in by_name.items()}
    return {own: replace(row, members=members[row.name]) for own, row in rows.items()}


def gate_settings(base: GateSettings, rows: Iterable[IntentTerms]) -> GateSettings:
    """Return the settings with the watched intents and the own thresholds of these rows."""
    rows = list(rows)
    return replace(
        base,
        watch_only=frozenset(row.name for row in rows if not row.gated),
        intent_thresholds={
            row.name: row.threshold for row in rows if row.gated and row.threshold is not None
        },
    )
