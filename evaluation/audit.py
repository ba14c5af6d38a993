"""The events of models, runs, votes and promotions in the audit trail."""

from typing import Any

from django.db.models import Q
from django.urls import reverse

from evaluation.gates import DecisionReason, Gate, GateSettings
from evaluation.gates.texts import gate_title
from evaluation.promotion.models import PromotionEvent
from evaluation.registry.models import ModelEvent
from evaluation.results.reports.wording import decision_reason_label
from evaluation.runs.models import RunEvent
from evaluation.runs.permissions import runs_hidden_from
from evaluation.voting.models import VoteEvent
from reviewapp.core.audit.registry import EventSource
from reviewapp.core.messages import Message
from reviewapp.core.texts import render
from reviewapp.people.models import Project, User

GATE_CHANGED, DECISION_CHANGED = "gate_changed", "decision_changed"
FIGURES = (GATE_CHANGED, DECISION_CHANGED)
"""Actions of events that tell what a run's votes came to."""


def _about(event: Any) -> str:
    """Return the rater or the gate that an event of a run is about; empty for other events."""
    if event.action in {"add_rater", "remove_rater"}:
        return str(event.detail.get("rater", ""))
    if event.action not in FIGURES or event.detail.get("gate") not in set(Gate):
        return ""
    settings = GateSettings.from_json(event.run.gate_settings)
    return gate_title(Gate(event.detail["gate"]), event.detail.get("subject", ""), settings)


def _reason(event: Any) -> str:
    """Return the reason of an event; that of a gate or a decision as the run's page words it."""
    reason = str(event.reason)
    if event.action == GATE_CHANGED and "reason" in event.detail:
        return render(Message.from_json(event.detail["reason"]))
    if event.action == DECISION_CHANGED and reason in set(DecisionReason):
        return decision_reason_label(DecisionReason(reason))
    return reason


def _of_hidden_runs(user: User, project: Project, events: Q) -> Q:
    """Return the condition for those of `events` whose run's figures the person may not see."""
    runs = runs_hidden_from(user, project)
    return Q(run__in=runs) & events if runs else Q()


EVENTS = (
    EventSource(
        "model",
        ModelEvent,
        subject="model_version",
        link=lambda slug, event: reverse("evaluation:model", args=[slug, event.model_version_id]),
    ),
    EventSource(
        "run",
        RunEvent,
        subject="run",
        link=lambda slug, event: reverse("evaluation:run", args=[slug, event.run_id]),
        about=_about,
        reason=_reason,
        coded_states=FIGURES,
        hidden=lambda user, project: _of_hidden_runs(user, project, Q(action__in=FIGURES)),
    ),
    EventSource(
        "vote",
        VoteEvent,
        subject="run",
        link=lambda slug, event: reverse("evaluation:run_examples", args=[slug, event.run_id]),
        hidden=lambda user, project: _of_hidden_runs(user, project, Q()),
    ),
    EventSource(
        "promotion",
        PromotionEvent,
        subject="promotion",
        link=lambda slug, event: reverse("evaluation:promotion", args=[slug, event.promotion_id]),
    ),
)
