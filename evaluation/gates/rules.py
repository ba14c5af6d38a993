"""The shape of a gate's rule: how it is judged, and for which subjects a promotion needs it. Pure.

A gate is added by a name (`results.Gate`), a rule beside its function, its title (texts.py) and its
sentences (reason_texts.py); a limit that it needs is a field of `settings.OperationalLimits`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evaluation.gates.evidence import Evidence
from evaluation.gates.results import Gate, GateResult
from evaluation.gates.settings import GateSettings

WHOLE_RUN = ("",)
"""The subject of a gate that is judged once for a run."""


def always(_settings: GateSettings, _intents: Iterable[str]) -> Iterable[str]:
    """Return the subject of a gate that every run has."""
    return WHOLE_RUN


def where(is_asked: Callable[[GateSettings], bool]) -> Callable[..., Iterable[str]]:
    """Return the subjects of a gate of the whole run that only some settings ask for."""
    return lambda settings, _intents: WHOLE_RUN if is_asked(settings) else ()


@dataclass(frozen=True, slots=True)
class GateRule:
    """How one gate is judged.

    Attributes:
        gate: its name.
        judge: returns its results, one for each subject; none where it is not asked for.
        subjects: returns the subjects that a promotion needs, from the settings and the names of
            all intents of the run.
    """

    gate: Gate
    judge: Callable[[Evidence, GateSettings], Iterable[GateResult]]
    subjects: Callable[[GateSettings, Iterable[str]], Iterable[str]] = always


def judge_all(
    rules: Iterable[GateRule], evidence: Evidence, settings: GateSettings
) -> tuple[GateResult, ...]:
    """Return the results of the gates that the settings ask for, in the order of the rules."""
    return tuple(result for rule in rules for result in rule.judge(evidence, settings))
