"""Putting a model version in service and taking it out again, with sign-off and history.

An alias moves only here. A promotion rests on a run's gates; where they do not allow it, a lead may
ask for an override with a reason, which a second lead signs. What is in force is never changed: the
next promotion, rollback or withdrawal ends it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluation.promotion.eligibility import (
    check_eligibility,
    nothing_serves_reason,
    promotion_blocked_reason,
    rollback_target,
    withdrawal_denied_reason,
)
from evaluation.promotion.models import Alias, Promotion, PromotionEvent, PromotionKind
from evaluation.promotion.permissions import sign_denied_reason
from evaluation.promotion.requests import (
    NOTE_REQUIRED,
    REASON_REQUIRED,
    PromotionRequest,
    check_alias,
    checked_request,
    checked_text,
)
from evaluation.registry.models import ModelVersion
from evaluation.results.reports import RunReport, build_report
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def promote(
    *, request: PromotionRequest, actor: User, report: RunReport | None = None
) -> Promotion:
    """Promote a run's candidate, at once if its gates allow it, else after a second lead signed.

    Args:
        report: of the run, where the caller has worked it out for this request already.

    Raises:
        PermissionDeniedError: the actor is not a lead, or still votes in the run.
        InvalidTransition: the run is no evidence; the gates do not allow it and no override reason
            was given; another promotion of the alias waits; the candidate serves there already.
        InvalidInput: the note is empty, a text is too long, or the alias is unknown.
    """
    run = _visible_run(actor, request.run_id)
    request = checked_request(request)
    if report is None or report.run.pk != run.pk:
        report = build_report(run)
    eligibility = check_eligibility(report, alias=request.alias)
    if eligibility.blocked_reason:
        raise InvalidTransition(eligibility.blocked_reason)
    current = _locked_alias(run.project, request.alias)
    _check_not_serving(run.project, request.alias, run.candidate, current)
    needs_override = eligibility.override_required_reason
    if needs_override and not request.override_reason:
        raise InvalidTransition(
            f"{needs_override} To promote all the same, give the reason for an override; "
            "a second lead must sign it.",
            field="override_reason",
        )
    promotion = Promotion.objects.create(
        project=run.project,
        alias=request.alias,
        model_version=run.candidate,
        previous=current.model_version if current else None,
        run=run,
        evidence=eligibility.evidence(),
        note=request.note,
        override_reason=request.override_reason if needs_override else "",
        requested_by=actor,
    )
    if needs_override:
        _record(promotion, "ask_override", actor, reason=promotion.override_reason)
        return promotion
    return _apply(promotion, current, actor, reason=promotion.note)


@transaction.atomic
def sign(*, promotion_id: int, actor: User, note: str) -> Promotion:
    """Sign an override as the second lead, with a note of their own; the alias moves now.

    Raises:
        PermissionDeniedError: the actor is not a lead, asked for it, or still votes in its run.
        InvalidTransition: it does not wait any more, its model serves already, or its run is no
            evidence any more.
        InvalidInput: the note is empty or too long.
    """
    promotion = _lock_pending(promotion_id, actor)
    if refusal := sign_denied_reason(actor, promotion):
        raise PermissionDeniedError(refusal)
    note = checked_text(note, field="note", ask="Write what you checked and why you agree.")
    if promotion.run and (block := promotion_blocked_reason(build_report(promotion.run))):
        raise InvalidTransition(block)
    current = _locked_alias(promotion.project, promotion.alias)
    if current is not None and current.model_version_id == promotion.model_version_id:
        raise InvalidTransition(
            f"{promotion.model_version} serves as {promotion.alias} already. Decline the request."
        )
    promotion.signed_by, promotion.signed_at, promotion.signed_note = actor, timezone.now(), note
    promotion.save(update_fields=["signed_by", "signed_at", "signed_note"])
    _record(promotion, "sign_override", actor, reason=note)
    return _apply(promotion, current, actor)


@transaction.atomic
def decline(*, promotion_id: int, actor: User, reason: str) -> Promotion:
    """Decline an override, or withdraw one's own.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidTransition: it does not wait any more.
        InvalidInput: the reason is empty or too long.
    """
    promotion = _lock_pending(promotion_id, actor)
    reason = checked_text(reason, field="reason", ask=REASON_REQUIRED)
    promotion.declined_by, promotion.declined_at = actor, timezone.now()
    promotion.save(update_fields=["declined_by", "declined_at"])
    is_own = promotion.requested_by_id == actor.pk
    action = "withdraw_override" if is_own else "decline_override"
    _record(promotion, action, actor, reason=reason)
    return promotion


@transaction.atomic
def roll_back(
    *,
    project: Project,
    alias: str,
    reason: str,
    actor: User,
    to_model_id: int | None = None,
    expected_promotion_id: int | None = None,
) -> Promotion:
    """Put back a model version that served under the alias lawfully and was not undone since.

    Which ones these are is the rule of `evaluation.promotion.service_history`; by default it is the
    latest.

    A promotion that waits for its second lead goes on waiting: the way back is always open.

    Args:
        project: whose alias it is.
        alias: its name.
        reason: why, for the history.
        actor: a lead.
        to_model_id: the model version to put back.
        expected_promotion_id: the promotion that the actor saw in force, where they looked at a
            page.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidTransition: nothing serves there, there is no model to go back to, the wanted one
            was rolled back or taken out, or something else serves since they looked.
        InvalidInput: no reason is given, or the wanted model never served there.
    """
    current = _lock_serving_alias(
        project, alias, reason=reason, actor=actor, expected_promotion_id=expected_promotion_id
    )
    target = rollback_target(current, to_model_id=to_model_id)
    promotion = _create_effective(
        Promotion.Kind.ROLLBACK, current, model_version=target, note=reason, actor=actor
    )
    return _apply(promotion, current, actor, reason=promotion.note)


@transaction.atomic
def withdraw_model(
    *,
    project: Project,
    alias: str,
    reason: str,
    actor: User,
    expected_promotion_id: int | None = None,
) -> Promotion:
    """Take what serves out of service without putting anything in its place.

    `expected_promotion_id` is the promotion that the actor saw in force.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidTransition: nothing serves there, something else serves since they looked, or it is
            production and what served before could be put back.
        InvalidInput: no reason is given.
    """
    current = _lock_serving_alias(
        project, alias, reason=reason, actor=actor, expected_promotion_id=expected_promotion_id
    )
    if refusal := withdrawal_denied_reason(current):
        raise InvalidTransition(refusal)
    promotion = _create_effective(
        Promotion.Kind.WITHDRAWAL,
        current,
        model_version=current.model_version,
        note=reason,
        actor=actor,
    )
    current.delete()
    before = str(promotion.model_version)
    _record(promotion, promotion.kind, actor, before=before, reason=promotion.note)
    return promotion


@transaction.atomic
def declare(*, project: Project, alias: str, model_id: int, note: str, actor: User) -> Promotion:
    """State which model served as `alias` before this project came here.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidTransition: the alias was used before; from then on only evidence moves it.
        InvalidInput: the note is empty or the alias unknown.
    """
    require_lead(actor, project)
    check_alias(alias)
    note = checked_text(note, field="note", ask=NOTE_REQUIRED)
    model_version = ModelVersion.objects.select_for_update().get(pk=model_id, project=project)
    _locked_alias(project, alias)
    if Promotion.objects.filter(project=project).of_alias(alias).in_effect().exists():
        raise InvalidTransition(
            f"Something served as {alias} before. Promote on a run, or roll back, to change it.",
            field="alias",
        )
    if Promotion.objects.filter(project=project).of_alias(alias).pending().exists():
        raise InvalidTransition(
            f"A promotion to {alias} waits for its second lead. Sign or decline it first.",
            field="alias",
        )
    promotion = Promotion.objects.create(
        project=project,
        alias=alias,
        kind=Promotion.Kind.DECLARATION,
        model_version=model_version,
        note=note,
        requested_by=actor,
    )
    return _apply(promotion, None, actor, reason=promotion.note)


def _visible_run(actor: User, run_id: int) -> EvaluationRun:
    related = ("project", "candidate", "baseline")
    run = EvaluationRun.objects.select_related(*related).get(pk=run_id)
    require_lead(actor, run.project)
    if refusal := figures_denied_reason(actor, run):
        raise PermissionDeniedError(refusal)
    return run


def _check_not_serving(
    project: Project, alias: str, candidate: ModelVersion, current: Alias | None
) -> None:
    if current is not None and current.model_version_id == candidate.pk:
        raise InvalidTransition(f"{candidate} serves as {alias} already.", field="alias")
    if Promotion.objects.filter(project=project).of_alias(alias).pending().exists():
        raise InvalidTransition(
            f"Another promotion to {alias} waits for its second lead. Sign or decline it first.",
            field="alias",
        )


def _lock_serving_alias(
    project: Project,
    alias: str,
    *,
    reason: str,
    actor: User,
    expected_promotion_id: int | None,
) -> Alias:
    """Lock what serves under an alias and is to serve no longer."""
    require_lead(actor, project)
    checked_text(reason, field="reason", ask=REASON_REQUIRED)
    current = _locked_alias(project, alias)
    if current is None:
        raise InvalidTransition(nothing_serves_reason(alias))
    if expected_promotion_id not in {None, current.promotion_id}:
        raise InvalidTransition(
            f"Something else serves as {alias} since you looked: {current.model_version}, put "
            f"there by {current.promotion.requested_by}. Look at it before you change it again."
        )
    return current


def _create_effective(
    kind: PromotionKind, current: Alias, *, model_version: ModelVersion, note: str, actor: User
) -> Promotion:
    return Promotion.objects.create(
        project=current.project,
        alias=current.name,
        kind=kind,
        model_version=model_version,
        previous=current.model_version,
        note=note.strip(),
        requested_by=actor,
        # Never waiting, so that it stands beside one that does.
        effective_at=_next_timestamp(current.project, current.name),
    )


def _locked_alias(project: Project, alias: str) -> Alias | None:
    """Lock what the alias is now. The project's row stands for an alias that does not exist yet."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    found = Alias.objects.select_for_update(of=("self",)).select_related(
        "model_version", "project", "promotion__requested_by"
    )
    return found.filter(project=project, name=alias).first()


def _lock_pending(promotion_id: int, actor: User) -> Promotion:
    related = ("project", "model_version", "run__candidate", "run__baseline", "run__project")
    locked = Promotion.objects.select_for_update(of=("self",)).select_related(*related)
    promotion = locked.get(pk=promotion_id)
    require_lead(actor, promotion.project)
    if promotion.effective_at or promotion.declined_at:
        raise InvalidTransition("This promotion does not wait for a signature any more.")
    return promotion


def _next_timestamp(project: Project, alias: str) -> datetime:
    """Return the present, but later than every change of the alias before.

    What may be rolled back to follows from the order of changes, which the clocks of two servers
    must not turn round.
    """
    changes = Promotion.objects.filter(project=project).of_alias(alias).in_effect()
    last = changes.values_list("effective_at", flat=True).first()
    now = timezone.now()
    return now if last is None else max(now, last + timedelta(microseconds=1))


def _apply(
    promotion: Promotion, current: Alias | None, actor: User, *, reason: str = ""
) -> Promotion:
    """Move the alias; `reason` are the actor's own words, which the event keeps."""
    now = promotion.effective_at or _next_timestamp(promotion.project, promotion.alias)
    promotion.effective_at = now
    promotion.previous = current.model_version if current else None
    promotion.save(update_fields=["effective_at", "previous"])
    if current is None:
        Alias.objects.create(
            project=promotion.project,
            name=promotion.alias,
            promotion=promotion,
            model_version=promotion.model_version,
            since=now,
        )
    else:
        current.promotion, current.since = promotion, now
        current.model_version = promotion.model_version
        current.save(update_fields=["promotion", "model_version", "since"])
    _record(
        promotion,
        promotion.kind,
        actor,
        before=str(promotion.previous or ""),
        after=str(promotion.model_version),
        reason=reason,
    )
    return promotion


def _record(promotion: Promotion, action: str, actor: User, **facts: Any) -> None:
    PromotionEvent.objects.create(
        project=promotion.project,
        promotion=promotion,
        actor=actor,
        action=action,
        detail={"alias": promotion.alias, "run": promotion.run_id},
        **facts,
    )
