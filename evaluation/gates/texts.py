"""The sentences of gates and their settings, the titles of gates, the labels of limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.gates.criterion_texts import criterion_name
from evaluation.gates.next_step_texts import OF_NEXT_STEP
from evaluation.gates.reason_texts import OF_ANSWERS, OF_VOTING, OF_WIN_RATES
from evaluation.gates.results import Gate, State
from evaluation.gates.setting_texts import OF_OPENING, plain_number
from evaluation.gates.settings import RATIO, GateSettings, OperationalLimits
from evaluation.gates.titles import gate_title_message
from reviewapp.core.formats import percent
from reviewapp.core.texts import register, render

_TITLES: Mapping[str, Promise] = {
    Gate.NO_ALARM: _("No intent shown to be worse"),
    Gate.HYGIENE_RATERS: _("Enough raters"),
    Gate.HYGIENE_LEAVE_ONE_OUT: _("No single rater decides"),
    Gate.HYGIENE_AGREEMENT: _("Raters agree"),
    Gate.HYGIENE_POSITION: _("No side is favoured"),
    Gate.HYGIENE_SKIPS: _("Skips within the limit"),
    Gate.REFUSALS: _("Refusals on target"),
}
_WITH_LIMIT: Mapping[str, Promise] = {
    Gate.OVERALL_SUPERIORITY: _("Overall above %(limit)s"),
    Gate.NO_INTENT_REGRESSES: _("%(intent)s above %(limit)s"),
    Gate.NO_CRITERION_REGRESSES: _("%(criterion)s above %(limit)s"),
    Gate.BOTH_BAD: _("Both bad at most %(limit)s"),
    Gate.P95_LATENCY: _("p95 latency at most %(limit)s times"),
    Gate.COST: _("Cost at most %(limit)s times"),
    Gate.HYGIENE_RATER_SHARE: _("No rater holds more than %(limit)s"),
    Gate.ERRORS: _("Errors at most %(limit)s"),
}
_RATIOS = {Gate.P95_LATENCY, Gate.COST}
STATES: Mapping[State, str | Promise] = MappingProxyType(
    {
        State.PASSED: _("Passed"),
        State.FAILED: _("Failed"),
        State.INSUFFICIENT: _("Insufficient"),
    }
)
"""Labels of the states of a gate."""


@dataclass(frozen=True, slots=True)
class LimitText:
    """The label of a limit in the form of a run, and its short name beside its value."""

    label: str | Promise
    name: str | Promise


LIMITS: Mapping[str, LimitText] = MappingProxyType(
    {
        "max_p95_ratio": LimitText(
            _("Latency (p95) of the candidate, at most so many times the baseline's"), _("Latency")
        ),
        "max_cost_ratio": LimitText(
            _("Cost of an answer, at most so many times the baseline's"), _("Cost")
        ),
        "max_refusal_share": LimitText(_("Refusals, at most"), _("Refusals")),
        "max_error_share": LimitText(_("Failed answers, at most"), _("Errors")),
    }
)
"""The operational limits in the form of a run, in its order."""


def gate_title(gate: Gate, subject: str, settings: GateSettings) -> str:
    """Return what a gate requires, in a few words: "Overall above 50 %"."""
    return render(gate_title_message(gate, subject, settings))


def _title(params: Mapping[str, Any]) -> str:
    gate = params["gate"]
    template = _WITH_LIMIT.get(gate)
    if template is None:
        return str(_TITLES.get(gate, gate))
    write = plain_number if gate in _RATIOS else percent
    shown = {"limit": write(params["limit"]), "intent": params["intent"]}
    return str(template % (shown | {"criterion": criterion_name(params["intent"])}))


def limit_lines(limits: OperationalLimits) -> list[tuple[str, str]]:
    """Return the name and the value of each operational limit that is set."""
    units = {part.name: part.metadata for part in fields(limits)}
    values = {name: getattr(limits, name) for name in LIMITS}
    return [
        (
            str(LIMITS[name].name),
            gettext("at most %(limit)s times") % {"limit": plain_number(value)}
            if units[name] == RATIO
            else gettext("at most %(limit)s") % {"limit": percent(value)},
        )
        for name, value in values.items()
        if value is not None
    ]


register(
    {
        "gates.title": _title,
        **OF_WIN_RATES,
        **OF_VOTING,
        **OF_ANSWERS,
        **OF_OPENING,
        **OF_NEXT_STEP,
    }
)
