"""Notify of the events that runs, promotions and trainings record."""

from collections.abc import Collection, Iterable
from typing import Any

from evaluation.gates import Gate, GateSettings
from evaluation.gates.titles import gate_title_message
from evaluation.notices import kinds, recipients
from evaluation.promotion.models import PromotionEvent
from evaluation.runs.lifecycle import RunAction, RunState
from evaluation.runs.models import EvaluationRun, RunEvent
from evaluation.runs.reviewer_title import stored_reviewer_title
from evaluation.training.models import ENDED, TrainingEvent, TrainingRun
from evaluation.training.retirement.dates import near_shutdowns
from reviewapp.notifications.actions.notifying import Notice, notify
from reviewapp.notifications.models import Notification
from reviewapp.people.models import Project

DECIDED = frozenset({"passed", "failed"})


def on_run_event(*, instance: RunEvent, created: bool, **_more: Any) -> None:
    """Notify reviewers of a run that needs their votes, and leads of a gate that was decided."""
    if not created:
        return
    run = instance.run
    is_open = run.state == RunState.VOTING
    if instance.action in {RunAction.OPEN_VOTING, "set_raters"} and is_open:
        notify(_votes_needed(instance), recipients.of_opened_run(run))
    elif instance.action == "add_rater" and is_open:
        added = list(recipients.of_added_rater(run, instance.detail["rater_id"]))
        _forget_gates(run, added)
        notify(_votes_needed(instance), added)
    elif instance.action == "gate_changed" and instance.after in DECIDED:
        notify(_gate(instance, run), recipients.of_decided_gate(run))


def _votes_needed(event: RunEvent) -> Notice:
    """Return the notice for reviewers, who see a title that names no model."""
    return Notice(
        kinds.VOTES_NEEDED.code,
        event.project,
        {"run": event.run_id, "title": stored_reviewer_title(event.run)},
        event.actor,
        subject=f"run-{event.run_id}",
        public={"run": event.run_id},
    )


def _forget_gates(run: EvaluationRun, user_ids: Collection[int]) -> None:
    """Delete the notifications of gates that reviewers of a run got while they were leads."""
    received = Notification.objects.filter(user__in=user_ids, kind=kinds.GATE_CROSSED.code)
    received.filter(text__params__run=run.pk).delete()


def _gate(event: RunEvent, run: EvaluationRun) -> Notice:
    gate, subject = event.detail["gate"], event.detail["subject"]
    title = gate_title_message(Gate(gate), subject, GateSettings.from_json(run.gate_settings))
    params = {"run": run.pk, "name": run.name, "gate": title, "state": event.after}
    # While a run is open its figures are not for its reviewers, and who reads a webhook is unknown.
    is_closed = run.state == RunState.CLOSED
    decided = {"gate": gate, "state": event.after} if is_closed else {}
    public = {"run": run.pk, **decided}
    return Notice(kinds.GATE_CROSSED.code, event.project, params, event.actor, public=public)


def on_promotion_event(*, instance: PromotionEvent, created: bool, **_more: Any) -> None:
    """Notify the leads who may sign a promotion that needs a second lead."""
    if not created or instance.action != "ask_override":
        return
    promotion = instance.promotion
    notice = Notice(
        kinds.SIGNATURE_NEEDED.code,
        instance.project,
        {"promotion": promotion.pk, "alias": promotion.alias},
        instance.actor,
        subject=f"promotion-{promotion.pk}",
        public={"promotion": promotion.pk, "alias": promotion.alias},
    )
    notify(notice, recipients.of_pending_promotion(promotion))


def on_training_event(*, instance: TrainingEvent, created: bool, **_more: Any) -> None:
    """Notify who started a training that it has ended."""
    is_end = instance.after in ENDED and instance.before not in ENDED
    if not created or not is_end:
        return
    training = instance.training
    notice = Notice(
        kinds.TRAINING_ENDED.code,
        instance.project,
        {"training": training.pk, "stage": instance.after},
        instance.actor,
        subject=f"training-{training.pk}",
        public={"training": training.pk, "stage": instance.after},
    )
    notify(notice, recipients.of_ended_training(training))


def projects_with_tuned_models() -> Iterable[Project]:
    """Return the projects that have a model of a training."""
    tuned = TrainingRun.objects.filter(checkpoints__model_version__isnull=False)
    return Project.objects.filter(pk__in=tuned.values("project"))


def notify_of_shutdowns() -> None:
    """Notify leads once of each base model of theirs that is shut down soon; safe to repeat."""
    for project in projects_with_tuned_models():
        for shutdown in near_shutdowns(project):
            subject = f"{shutdown.base_model}:{shutdown.day.isoformat()}"[:200]
            earlier = Notification.objects.filter(
                project=project, kind=kinds.MODEL_RETIRES.code, subject=subject
            )
            if earlier.exists():
                continue
            params = {"base_model": shutdown.base_model, "day": shutdown.day}
            public = {"base_model": shutdown.base_model, "day": shutdown.day.isoformat()}
            kind = kinds.MODEL_RETIRES.code
            notice = Notice(kind, project, params, subject=subject, public=public)
            notify(notice, recipients.of_shutdown(project))
