"""The gates of a run as one table: grouped by what they are about, what has not passed first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from evaluation.gates import Gate, GateSettings, State
from evaluation.gates.reasons import without_advice
from evaluation.gates.texts import STATES, gate_title
from evaluation.gates.titles import GateKind, gate_kind
from reviewapp.core.formats import count
from reviewapp.core.messages import Message
from reviewapp.core.texts import render

_KINDS: Mapping[GateKind, Promise] = {
    GateKind.OVERALL: _("The whole run"),
    GateKind.INTENTS: _("Each intent"),
    GateKind.CRITERIA: _("Each criterion"),
    GateKind.HYGIENE: _("The voting itself"),
    GateKind.OPERATIONS: _("The answers: latency, cost, refusals, errors"),
}
_EXPLAINED: Mapping[GateKind, Promise] = {
    GateKind.OVERALL: _(
        "Whether the candidate is better on all counted examples together, and whether anything "
        "was shown to be worse. A gate reads the end of the interval, never the win rate alone."
    ),
    GateKind.INTENTS: _(
        "Each intent must be shown not to be much worse: its interval must lie above the limit in "
        "the gate's name. Few examples give a wide interval, so a small intent can hardly pass."
    ),
    GateKind.CRITERIA: _(
        "What was asked beside the overall choice: the candidate must be shown not to be much "
        "worse on it. The interval must lie above the limit in the gate's name."
    ),
    GateKind.HYGIENE: _(
        "Whether the votes can be relied on. If only these fail, the voting is not valid, and "
        "nothing follows about the candidate."
    ),
    GateKind.OPERATIONS: _(
        "What the candidate's answers take, within the limits of this run. Votes do not change it."
    ),
}
_FIRST = [State.FAILED, State.INSUFFICIENT, State.PASSED]


@dataclass(frozen=True)
class GateRow:
    """A gate as its row shows it; `kind` and `label` are those of its badge."""

    kind: str
    label: str
    title: str
    reason: str


class StateCount(NamedTuple):
    """How many gates of a group are in a state; `kind` is that of the badge."""

    kind: str
    text: str


@dataclass(frozen=True)
class GateGroup:
    """The gates about one thing.

    Attributes:
        kind: a `GateKind`.
        title, explanation: what they are about.
        counts: gates by state.
        open: those that have not passed, failed ones first.
        passed: the others, which are folded.
    """

    kind: str
    title: str
    explanation: str
    counts: list[StateCount]
    open: list[GateRow]
    passed: list[GateRow]


def build_gate_groups(
    found: Iterable[Mapping[str, Any]], settings: GateSettings, *, is_closed: bool = False
) -> list[GateGroup]:
    """Draw gates in groups; a group without gates is left out.

    Args:
        found: as `GateResult.as_json` gives them, now or when a promotion was decided.
        settings: of the run that they are about.
        is_closed: whether the run takes no votes any more, so that no row asks for them.
    """
    rows: dict[GateKind, list[GateRow]] = {kind: [] for kind in GateKind}
    for stored in sorted(found, key=lambda stored: _FIRST.index(State(stored["state"]))):
        gate = Gate(stored["gate"])
        row = GateRow(
            kind=stored["state"],
            label=str(STATES[State(stored["state"])]),
            title=gate_title(gate, stored["subject"], settings),
            reason=_reason(stored["reason"], is_closed=is_closed),
        )
        rows[gate_kind(gate)].append(row)
    return [_group(kind, gates) for kind, gates in rows.items() if gates]


def _group(kind: GateKind, gates: list[GateRow]) -> GateGroup:
    in_state = {state: [row for row in gates if row.kind == state] for state in _FIRST}
    return GateGroup(
        kind=kind.value,
        title=str(_KINDS[kind]),
        explanation=str(_EXPLAINED[kind]),
        counts=[
            StateCount(state.value, _counted(state, len(found)))
            for state, found in in_state.items()
            if found
        ],
        open=in_state[State.FAILED] + in_state[State.INSUFFICIENT],
        passed=in_state[State.PASSED],
    )


def _counted(state: State, n: int) -> str:
    match state:
        case State.FAILED:
            text = ngettext("%(n)s failed", "%(n)s failed", n)
        case State.INSUFFICIENT:
            text = ngettext("%(n)s not decided", "%(n)s not decided", n)
        case State.PASSED:
            text = ngettext("%(n)s passed", "%(n)s passed", n)
    return text % {"n": count(n)}


def _reason(stored: Mapping[str, Any], *, is_closed: bool) -> str:
    reason = Message.from_json(stored)
    return render(without_advice(reason) if is_closed else reason)
