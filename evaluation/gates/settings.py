"""What a run must show, chosen before its first vote and frozen with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from evaluation.stats.intervals import ALPHA
from reviewapp.core.messages import Message, message

_MAX_ALPHA = 0.2
_MAX_RATERS = 1000
_MAX_RUNS = 1000
_ANY_AGREEMENT = -1.0


class SettingsError(ValueError):
    """The settings contradict each other or are out of range.

    Attributes:
        reasons: each thing that is wrong, as messages.
    """

    def __init__(self, reasons: list[Message]) -> None:
        super().__init__(" ".join(map(str, reasons)))
        self.reasons = reasons


class Preset(StrEnum):
    """Named settings of the intents' gates."""

    STRICT = "strict"
    STANDARD = "standard"
    WATCH_ONLY = "watch_only"


PRESET_THRESHOLDS: Mapping[Preset, float | None] = MappingProxyType(
    {Preset.STRICT: 0.5, Preset.STANDARD: 0.4, Preset.WATCH_ONLY: None}
)


@dataclass(frozen=True, slots=True)
class HygieneLimits:
    """Limits for the voting itself.

    Attributes:
        min_raters: fewest people whose votes count, at least 1.
        max_rater_share: largest part of the counted examples that one rater may hold, 0 to 1.
        min_agreement: what the lower end of Gwet's AC2 must lie above, -1 (no gate) to 1.
        max_skip_share: largest share of skips among skips and votes, 0 to 1.
    """

    min_raters: int = 2
    max_rater_share: float = 0.6
    min_agreement: float = 0.1
    max_skip_share: float = 0.1

    @property
    def asks_for_agreement(self) -> bool:
        """Whether agreement is a gate: a limit of -1 is reached by any votes."""
        return self.min_agreement > _ANY_AGREEMENT


RATIO = MappingProxyType({"unit": "ratio"})
"""A limit on candidate over baseline, above 0."""
SHARE = MappingProxyType({"unit": "share"})
"""A limit on a share of the answers, 0 to 1."""


@dataclass(frozen=True, slots=True)
class OperationalLimits:
    """Limits for cost, latency, refusals and errors of the candidate; None is no gate.

    Attributes:
        max_p95_ratio: p95 latency of the candidate over that of the baseline, above 0.
        max_cost_ratio: mean cost of an answer, candidate over baseline, above 0.
        min_refusal_share, max_refusal_share: target of the share of refusals, 0 to 1.
        max_error_share: share of answers that failed, 0 to 1.
    """

    max_p95_ratio: float | None = field(default=None, metadata=RATIO)
    max_cost_ratio: float | None = field(default=None, metadata=RATIO)
    min_refusal_share: float | None = field(default=None, metadata=SHARE)
    max_refusal_share: float | None = field(default=None, metadata=SHARE)
    max_error_share: float | None = field(default=None, metadata=SHARE)


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Everything that decides about a promotion, fixed when the run opens.

    Attributes:
        alpha: chance that an interval ever misses, above 0 and at most 0.2.
        t_overall: win rate that the overall lower end must pass, strictly between 0 and 1.
        t_intent: win rate that each gated intent's lower end must pass; None gates no intent.
        intent_thresholds: intents with a threshold of their own, which gates them in any case.
        watch_only: intents that are shown, not gated.
        criterion_thresholds: criteria with a gate, and the win rate that each lower end must pass.
        both_bad_limit: limit of the upper end of the both-bad share; None is no gate.
        hygiene: what the voting itself must look like.
        operational: limits on latency, cost, refusals and errors.
        is_tuned: whether the intervals use the prior tuned to the set, as runs that were opened
            for votes do; unordered runs do not.
        run_number: which run of the same pair on the same prompts this is, from 1; `for_run`
            has divided alpha by its square.
    """

    alpha: float = ALPHA
    t_overall: float = 0.5
    t_intent: float | None = 0.4
    intent_thresholds: Mapping[str, float] = field(default_factory=dict)
    watch_only: frozenset[str] = frozenset()
    criterion_thresholds: Mapping[str, float] = field(default_factory=dict)
    both_bad_limit: float | None = None
    hygiene: HygieneLimits = HygieneLimits()
    operational: OperationalLimits = OperationalLimits()
    is_tuned: bool = False
    run_number: int = 1

    def __post_init__(self) -> None:
        """Raise SettingsError with all reasons at once if they make no sense."""
        if reasons := _errors(self):
            raise SettingsError(reasons)

    @classmethod
    def of_preset(cls, preset: str) -> GateSettings:
        """Return the settings of a preset: strict (0.50), standard (0.40) or watch_only.

        Raises:
            ValueError: there is no such preset.
        """
        return cls(t_intent=PRESET_THRESHOLDS[Preset(preset)])

    def for_run(self, number: int) -> GateSettings:
        """Return the settings of run `number` of the same pair on the same prompts.

        Each is judged at alpha / number squared: the best of many runs would pass by luck.
        """
        return replace(self, alpha=self.alpha / number**2, run_number=number)

    @property
    def alpha_of_first_run(self) -> float:
        """Alpha as it was chosen, before it was divided for a repeated run."""
        return self.alpha * self.run_number**2

    def watching(self, *intents: str) -> GateSettings:
        """Return the same settings with these intents watched instead of gated."""
        thresholds = {k: t for k, t in self.intent_thresholds.items() if k not in intents}
        watched = self.watch_only | frozenset(intents)
        return replace(self, watch_only=watched, intent_thresholds=thresholds)

    def threshold_of(self, intent: str) -> float | None:
        """Return the win rate that this intent must pass; None when it is only watched."""
        if intent in self.watch_only:
            return None
        return self.intent_thresholds.get(intent, self.t_intent)

    def as_json(self) -> dict[str, Any]:
        """Return the settings in plain JSON values."""
        return {
            "alpha": self.alpha,
            "t_overall": self.t_overall,
            "t_intent": self.t_intent,
            "intent_thresholds": dict(sorted(self.intent_thresholds.items())),
            "watch_only": sorted(self.watch_only),
            "criterion_thresholds": dict(sorted(self.criterion_thresholds.items())),
            "both_bad_limit": self.both_bad_limit,
            "hygiene": asdict(self.hygiene),
            "operational": asdict(self.operational),
            "is_tuned": self.is_tuned,
            "run_number": self.run_number,
        }

    @classmethod
    def from_json(cls, stored: object) -> GateSettings:
        """Return the settings that `as_json` gave; what is left out has its default.

        Raises:
            SettingsError: an unknown name, a wrong type or a number out of range.
        """
        given = _object(stored, "gates", cls)
        if "hygiene" in given:
            given["hygiene"] = HygieneLimits(**_object(given["hygiene"], "hygiene", HygieneLimits))
        if "operational" in given:
            given["operational"] = OperationalLimits(
                **_object(given["operational"], "operational", OperationalLimits)
            )
        if "watch_only" in given:
            given["watch_only"] = _names(given["watch_only"])
        for name in {"intent_thresholds", "criterion_thresholds"} & given.keys():
            given[name] = _thresholds(given[name])
        return cls(**given)


def _object(stored: object, name: str, shape: type) -> dict[str, Any]:
    if not isinstance(stored, Mapping):
        raise SettingsError([message("gates.settings_no_object", name=name)])
    known = {part.name for part in fields(shape)}
    if unknown := sorted(str(key) for key in stored if key not in known):
        reason = message(
            "gates.settings_unknown",
            name=name,
            unknown=unknown,
            known=sorted(known),
            n=len(unknown),
        )
        raise SettingsError([reason])
    return dict(stored)


def _names(stored: object) -> frozenset[str]:
    if not isinstance(stored, list | tuple) or not all(isinstance(name, str) for name in stored):
        raise SettingsError([message("gates.watch_only_no_list")])
    return frozenset(stored)


def _thresholds(stored: object) -> dict[str, float]:
    if not isinstance(stored, Mapping) or not all(isinstance(name, str) for name in stored):
        raise SettingsError([message("gates.thresholds_no_object")])
    return dict(stored)


def _errors(settings: GateSettings) -> list[Message]:
    found = []
    if not _number_in(settings.alpha, 0, _MAX_ALPHA) or settings.alpha == 0:
        found.append(message("gates.alpha_out_of_range", highest=_MAX_ALPHA))
    if not _threshold(settings.t_overall):
        found.append(message("gates.overall_threshold_wrong"))
    if settings.t_intent is not None and not _threshold(settings.t_intent):
        found.append(message("gates.intents_threshold_wrong"))
    found += [
        message("gates.threshold_wrong", intent=intent)
        for intent, threshold in (
            *settings.intent_thresholds.items(),
            *settings.criterion_thresholds.items(),
        )
        if not _threshold(threshold)
    ]
    found += [
        message("gates.gated_and_watched", intent=intent)
        for intent in sorted(settings.watch_only & set(settings.intent_thresholds))
    ]
    if settings.run_number not in range(1, _MAX_RUNS + 1):
        found.append(message("gates.run_number_wrong"))
    if not _is_flag(settings.is_tuned):
        found.append(message("gates.no_flag", name="is_tuned"))
    if settings.both_bad_limit is not None and not _number_in(settings.both_bad_limit, 0, 1):
        found.append(message("gates.both_bad_limit_wrong"))
    return found + _hygiene_errors(settings.hygiene) + _limit_errors(settings.operational)


def _hygiene_errors(limits: HygieneLimits) -> list[Message]:
    found = []
    if not (_is_number(limits.min_raters) and limits.min_raters in range(1, _MAX_RATERS + 1)):
        found.append(message("gates.min_raters_wrong", highest=_MAX_RATERS))
    if not _number_in(limits.max_rater_share, 0, 1):
        found.append(message("gates.max_rater_share_wrong"))
    if not _number_in(limits.min_agreement, -1, 1):
        found.append(message("gates.min_agreement_wrong"))
    if not _number_in(limits.max_skip_share, 0, 1):
        found.append(message("gates.max_skip_share_wrong"))
    return found


def _limit_errors(limits: OperationalLimits) -> list[Message]:
    found = []
    for part in fields(limits):
        limit = getattr(limits, part.name)
        if limit is None:
            continue
        if part.metadata == RATIO and not (_is_number(limit) and limit > 0):
            found.append(message("gates.ratio_wrong", name=part.name))
        if part.metadata == SHARE and not _number_in(limit, 0, 1):
            found.append(message("gates.share_wrong", name=part.name))
    low, high = limits.min_refusal_share, limits.max_refusal_share
    if not found and low is not None and high is not None and low > high:
        found.append(message("gates.refusals_reversed"))
    return found


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number_in(value: Any, low: float, high: float) -> bool:
    return _is_number(value) and low <= value <= high


def _threshold(value: Any) -> bool:
    return _number_in(value, 0, 1) and 0 < value < 1
