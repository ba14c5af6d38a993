"""The events of models, runs, votes and promotions in the audit trail."""

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from evaluation.adjudication.curation import RETURN_TO_CURATION
from evaluation.adjudication.models import ADJUDICATE, IMPORT_OUTCOMES
from evaluation.gates import Decision, DecisionReason, Gate, GateSettings
from evaluation.gates.texts import STATES, gate_title
from evaluation.judge.models import RubricEvent
from evaluation.preferences.models import PreferenceEvent
from evaluation.promotion.models import KIND_LABELS, PromotionEvent
from evaluation.registry.models import ModelEvent
from evaluation.results.rater_removal import removal_text
from evaluation.results.reports.wording import decision_reason_label
from evaluation.runs.lifecycle import RunAction
from evaluation.runs.models import GoldCheckEvent, RemovalRule, RunEvent
from evaluation.runs.permissions import runs_hidden_from
from evaluation.runs.texts import RUN_STATE_LABELS
from evaluation.shadow.models import ShadowEvent
from evaluation.training.models import Stage, TrainingEvent
from evaluation.training.schedules.models import Outcome, ScheduleEvent, ScheduleState
from evaluation.voting.models import VoteEvent
from reviewapp.core.audit.registry import EventSource, stored_reason
from reviewapp.people.models import Project, User

GATE_CHANGED, DECISION_CHANGED = "gate_changed", "decision_changed"
FIGURES = (GATE_CHANGED, DECISION_CHANGED)
"""Actions of events that show results of a run's votes."""
HIDDEN = (*FIGURES, ADJUDICATE, IMPORT_OUTCOMES)
"""Actions of events that would influence or unblind the run's reviewers."""

ACTIONS = {
    "register_model": _("Register model"),
    "describe_model": _("Describe model"),
    "set_limits": _("Set limits"),
    "serve_model": _("Serve model"),
    "create_run": _("Create run"),
    "copy_run": _("Copy run"),
    RunAction.CHANGE_TERMS: _("Change terms"),
    RunAction.START_GENERATION: _("Start generation"),
    RunAction.PAUSE: _("Pause"),
    RunAction.RESUME: _("Resume"),
    RunAction.RETRY_FAILED: _("Retry failed answers"),
    RunAction.CONTINUE_WITHOUT_FAILED: _("Continue without failed answers"),
    RunAction.REMOVE_MARKS: _("Remove marks"),
    RunAction.WITHDRAW_CUT: _("Withdraw cut answers"),
    RunAction.WITHDRAW_BLANK: _("Withdraw answers without text"),
    RunAction.WITHDRAW_TRAINED: _("Withdraw prompts like training data"),
    RunAction.KEEP_TRAINED: _("Keep prompts like training data"),
    RunAction.OPEN_VOTING: _("Open voting"),
    RunAction.WITHDRAW_COMPARISON: _("Withdraw comparison"),
    RunAction.CLOSE: _("Close"),
    RunAction.REVEAL: _("Reveal models"),
    "unblock_endpoints": _("Unblock endpoints"),
    "import_answers": _("Import answers"),
    "import_votes": _("Import votes"),
    "export_run": _("Export run"),
    "set_raters": _("Set reviewers"),
    "add_rater": _("Add reviewer"),
    "remove_rater": _("Remove reviewer"),
    "report_broken": _("Report broken"),
    "keep_out": _("Keep out"),
    "put_back": _("Put back"),
    RETURN_TO_CURATION: _("Return to curation"),
    ADJUDICATE: _("Adjudicate"),
    IMPORT_OUTCOMES: _("Import outcomes of adjudication"),
    "add_gold_check": _("Add gold check"),
    "retire_gold_check": _("Retire gold check"),
    "erase_gold_check": _("Erase gold check"),
    "erase_example": _("Erase example"),
    GATE_CHANGED: _("Gate changed"),
    DECISION_CHANGED: _("Decision changed"),
    "undo_vote": _("Undo vote"),
    "give_reasons": _("Give reasons"),
    "change_reasons": _("Change reasons"),
    "ask_override": _("Ask for override"),
    "sign_override": _("Sign override"),
    "withdraw_override": _("Withdraw override"),
    "decline_override": _("Decline override"),
    **KIND_LABELS,
    "change_rubric": _("Change rubric"),
    "start_judge": _("Start judge"),
    "stop_judge": _("Stop judge"),
    "resume_judge": _("Resume judge"),
    "cancel_judge": _("Cancel judge"),
    "retry_judge": _("Retry failed judgements"),
    "finish_judge": _("Finish judge"),
    "start_training": _("Start training"),
    "pause_training": _("Pause training"),
    "resume_training": _("Resume training"),
    "cancel_training": _("Cancel training"),
    "download_bundle": _("Download bundle"),
    "end_training": _("End training"),
    "start_training_now": _("Start training now"),
    "change_training_stage": _("Change stage"),
    "change_training_windows": _("Change training windows"),
    "erase_trained_example": _("Erase trained example"),
    "set_base_model_shutdown": _("Set shutdown of base model"),
    "set_service_limits": _("Set limits in service"),
    "report_service": _("Report from service"),
    "create_schedule": _("Create schedule"),
    "change_schedule": _("Change schedule"),
    "pause_schedule": _("Pause schedule"),
    "resume_schedule": _("Resume schedule"),
    "delete_schedule": _("Delete schedule"),
    "run_schedule": _("Run schedule"),
    "start_prepared_training": _("Start prepared training"),
    "dismiss_prepared_training": _("Dismiss prepared training"),
    "change_training_settings": _("Change training settings"),
    "register_tuned_models": _("Register tuned models"),
    "start_batch": _("Start batch"),
    "cancel_batch": _("Cancel batch"),
    "end_batch": _("End batch"),
    "freeze_preferences": _("Freeze preferences"),
    "export_preferences": _("Export preferences"),
    "add_archetypes": _("Add archetypes"),
    "remove_archetype": _("Remove archetype"),
    "move_archetype": _("Move archetype"),
    "change_shadow_settings": _("Change style and words"),
    "start_shadow_check": _("Start shadow check"),
    "stop_shadow_check": _("Stop shadow check"),
    "resume_shadow_check": _("Resume shadow check"),
    "cancel_shadow_check": _("Cancel shadow check"),
    "finish_shadow_check": _("Finish shadow check"),
    "rate_shadow_answer": _("Rate shadow answer"),
    "load_demo": _("Load demo"),
}
_STATES: dict[str, str | Promise] = {
    **RUN_STATE_LABELS,
    **{state.value: label for state, label in STATES.items()},
    Decision.PROMOTE: _("Promote"),
    Decision.KEEP_VOTING: _("Keep voting"),
    Decision.REJECT: _("Reject"),
    Decision.INVALID: _("Invalid voting"),
}


def _about(event: Any) -> str:
    """Return the rater, comparison or gate that an event is about; empty for other events."""
    if event.action in {"add_rater", "remove_rater"}:
        return str(event.detail.get("rater", ""))
    if event.action in {"erase_example", ADJUDICATE}:
        return gettext("comparison %(number)s") % {"number": event.detail["position"]}
    if event.action not in FIGURES or event.detail.get("gate") not in set(Gate):
        return ""
    settings = GateSettings.from_json(event.run.gate_settings)
    return gate_title(Gate(event.detail["gate"]), event.detail.get("subject", ""), settings)


def _reason(event: Any) -> str:
    """Return the reason of an event; that of a decision with the same text as on the run's page."""
    if event.action == DECISION_CHANGED and event.reason in set(DecisionReason):
        return decision_reason_label(DecisionReason(event.reason))
    if event.action == "remove_rater" and event.detail.get("rule") in RemovalRule.values:
        return removal_text(event.detail["rule"], event.reason)
    return stored_reason(event)


def _promotion_name(event: Any) -> str:
    # Translators: a model that serves under an alias, such as "tuned-v3 as production".
    return gettext("%(model)s as %(alias)s") % {
        "model": event.promotion.model_version,
        "alias": event.promotion.alias,
    }


def _schedule_state(_event: Any, state: str) -> str:
    labels = {**dict(ScheduleState.choices), **dict(Outcome.choices)}
    return str(labels.get(state, state))


def _state(_event: Any, state: str) -> str:
    return str(_STATES.get(state, state))


def _of_hidden_runs(user: User, project: Project, events: Q) -> Q:
    """Return the condition for those of `events` whose run's figures the person may not see."""
    runs = runs_hidden_from(user, project)
    return Q(run__in=runs) & events if runs else Q()


EVENTS = (
    EventSource(
        "model",
        _("Model"),
        ModelEvent,
        subject="model_version",
        link=lambda slug, event: reverse("evaluation:model", args=[slug, event.model_version_id]),
    ),
    EventSource(
        "training",
        pgettext_lazy("of a model", "Training"),
        TrainingEvent,
        subject="training",
        link=lambda slug, event: reverse("evaluation:training_run", args=[slug, event.training_id]),
        state_label=lambda _event, state: str(Stage(state).label) if state in Stage else state,
    ),
    EventSource(
        "schedule",
        pgettext_lazy("of trainings", "Schedule"),
        ScheduleEvent,
        subject="schedule",
        link=lambda slug, _event: reverse("evaluation:training_schedules", args=[slug]),
        state_label=_schedule_state,
    ),
    EventSource(
        "preferences",
        _("Preferences"),
        PreferenceEvent,
        subject="preference_set",
        link=lambda slug, event: reverse(
            "evaluation:preference_set", args=[slug, event.preference_set.number]
        ),
    ),
    EventSource(
        "run",
        _("Run"),
        RunEvent,
        subject="run",
        link=lambda slug, event: reverse("evaluation:run", args=[slug, event.run_id]),
        about=_about,
        reason=_reason,
        state_label=_state,
        hidden=lambda user, project: _of_hidden_runs(user, project, Q(action__in=HIDDEN)),
    ),
    EventSource(
        "vote",
        pgettext_lazy("noun", "Vote"),
        VoteEvent,
        subject="run",
        link=lambda slug, event: reverse("evaluation:run_examples", args=[slug, event.run_id]),
        hidden=lambda user, project: _of_hidden_runs(user, project, Q()),
    ),
    EventSource(
        "rubric",
        _("Rubric"),
        RubricEvent,
        subject="rubric",
        link=lambda slug, event: reverse("evaluation:rubric", args=[slug, event.rubric.number]),
    ),
    EventSource(
        "gold_check",
        _("Gold check"),
        GoldCheckEvent,
        subject="gold_check",
        link=lambda slug, _event: reverse("evaluation:gold", args=[slug]),
    ),
    EventSource(
        "shadow_check",
        _("Shadow check"),
        ShadowEvent,
        subject="shadow_check",
        link=lambda slug, event: reverse(
            "evaluation:shadow_check", args=[slug, event.shadow_check_id]
        ),
    ),
    EventSource(
        "promotion",
        _("Promotion"),
        PromotionEvent,
        subject="promotion",
        link=lambda slug, event: reverse("evaluation:promotion", args=[slug, event.promotion_id]),
        also_select=("promotion__model_version",),
        name=_promotion_name,
    ),
)
