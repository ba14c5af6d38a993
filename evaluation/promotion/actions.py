"""Promote, sign, decline, roll back, withdraw and declare: the only changes of an alias.

A promotion needs the gates of a run. If they do not allow it, a lead may request an override with a
reason, which a second lead signs. An effective promotion never changes: the next promotion,
rollback or withdrawal of the alias ends it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from evaluation.promotion.eligibility import (
    already_serves,
    check_eligibility,
    nothing_serves_reason,
    promotion_blocked_reason,
    rollback_target,
    withdrawal_denied_reason,
)
from evaluation.promotion.models import Alias, Promotion, PromotionEvent
from evaluation.promotion.permissions import sign_denied_reason
from evaluation.promotion.requests import (
    NOTE_REQUIRED,
    REASON_REQUIRED,
    PromotionRequest,
    check_alias,
    checked_request,
    checked_text,
)
from evaluation.promotion.service_history import PromotionKind
from evaluation.registry.models import ModelVersion
from evaluation.results.reports import RunReport, build_report
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.core.messages import message, sentences
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def promote(
    *, request: PromotionRequest, actor: User, report: RunReport | None = None
) -> Promotion:
    """Promote a run's candidate, immediately if the gates allow it, else once a second lead signs.

    Args:
        request: which run and alias, with the note and the override reason.
        actor: a lead.
        report: of the run, if the caller has built it for this request already.

    Raises:
        PermissionDeniedError: the actor is not a lead, or still votes in the run.
        InvalidTransition: the run is no evidence; the gates do not allow it and no override reason
            is given; another promotion of the alias is pending; the candidate serves already.
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
            sentences([needs_override, message("promotion.give_override_reason")]),
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
    """Sign an override as the second lead, with a note; the promotion takes effect.

    Raises:
        PermissionDeniedError: the actor is not a lead, requested it, or still votes in its run.
        InvalidTransition: it is not pending any more, its model serves already, or its run is no
            evidence any more.
        InvalidInput: the note is empty or too long.
    """
    promotion = _lock_pending(promotion_id, actor)
    if denied := sign_denied_reason(actor, promotion):
        raise PermissionDeniedError(denied)
    required = gettext("Write what you checked and why you agree.")
    note = checked_text(note, field="note", required=required)
    if promotion.run and (blocked := promotion_blocked_reason(build_report(promotion.run))):
        raise InvalidTransition(blocked)
    current = _locked_alias(promotion.project, promotion.alias)
    if current is not None and current.model_version_id == promotion.model_version_id:
        sentence = gettext("%(model)s already serves as %(alias)s. Decline the request.")
        shown = {"model": promotion.model_version, "alias": promotion.alias}
        raise InvalidTransition(sentence % shown)
    promotion.signed_by, promotion.signed_at, promotion.signed_note = actor, timezone.now(), note
    promotion.save(update_fields=["signed_by", "signed_at", "signed_note"])
    _record(promotion, "sign_override", actor, reason=note)
    return _apply(promotion, current, actor)


@transaction.atomic
def decline(*, promotion_id: int, actor: User, reason: str) -> Promotion:
    """Decline an override, or withdraw one's own.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidTransition: it is not pending any more.
        InvalidInput: the reason is empty or too long.
    """
    promotion = _lock_pending(promotion_id, actor)
    reason = checked_text(reason, field="reason", required=REASON_REQUIRED)
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
    """Restore a model version that served under the alias before.

    `evaluation.promotion.service_history` has the rule which ones are eligible; the default is the
    latest. A pending promotion of the alias stays pending: a rollback is always possible.

    Args:
        project: of the alias.
        alias: its name.
        reason: for the history.
        actor: a lead.
        to_model_id: the model version to restore.
        expected_promotion_id: the promotion that the actor saw on the page; None if there was no
            page.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidTransition: no model serves there, none can be restored, this one was rolled back or
            withdrawn, or the alias has changed since the page was opened.
        InvalidInput: no reason is given, or the model never served there.
    """
    current = _lock_serving_alias(
        project, alias, reason=reason, actor=actor, expected_promotion_id=expected_promotion_id
    )
    target = rollback_target(current, to_model_id=to_model_id)
    promotion = _create_effective(
        PromotionKind.ROLLBACK, current, model_version=target, note=reason, actor=actor
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
    """Withdraw the model that serves without a replacement.

    Arguments as for `roll_back`.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidTransition: no model serves there, the alias has changed since the page was opened,
            or it is production and an earlier model can be restored.
        InvalidInput: no reason is given.
    """
    current = _lock_serving_alias(
        project, alias, reason=reason, actor=actor, expected_promotion_id=expected_promotion_id
    )
    if denied := withdrawal_denied_reason(current):
        raise InvalidTransition(denied)
    promotion = _create_effective(
        PromotionKind.WITHDRAWAL,
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
    """Record which model served as `alias` before the project used Touchstone.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidTransition: the alias was used before; after that only evidence changes it.
        InvalidInput: the note is empty or the alias is unknown.
    """
    require_lead(actor, project)
    check_alias(alias)
    note = checked_text(note, field="note", required=NOTE_REQUIRED)
    model_version = ModelVersion.objects.select_for_update().get(pk=model_id, project=project)
    _locked_alias(project, alias)
    if Promotion.objects.filter(project=project).of_alias(alias).in_effect().exists():
        sentence = gettext(
            "A model served as %(alias)s before. Promote on a run, or roll back, to change it."
        )
        raise InvalidTransition(sentence % {"alias": alias}, field="alias")
    _check_none_pending(project, alias)
    promotion = Promotion.objects.create(
        project=project,
        alias=alias,
        kind=PromotionKind.DECLARATION,
        model_version=model_version,
        note=note,
        requested_by=actor,
    )
    return _apply(promotion, None, actor, reason=promotion.note)


def _visible_run(actor: User, run_id: int) -> EvaluationRun:
    related = ("project", "candidate", "baseline")
    run = EvaluationRun.objects.select_related(*related).get(pk=run_id)
    require_lead(actor, run.project)
    if denied := figures_denied_reason(actor, run):
        raise PermissionDeniedError(denied)
    return run


def _check_not_serving(
    project: Project, alias: str, candidate: ModelVersion, current: Alias | None
) -> None:
    if current is not None and current.model_version_id == candidate.pk:
        raise InvalidTransition(already_serves(candidate, alias), field="alias")
    _check_none_pending(project, alias)


def _check_none_pending(project: Project, alias: str) -> None:
    if Promotion.objects.filter(project=project).of_alias(alias).pending().exists():
        sentence = gettext(
            "Another promotion to %(alias)s waits for its second lead. Sign or decline it first."
        )
        raise InvalidTransition(sentence % {"alias": alias}, field="alias")


def _lock_serving_alias(
    project: Project,
    alias: str,
    *,
    reason: str,
    actor: User,
    expected_promotion_id: int | None,
) -> Alias:
    """Lock the alias whose service is to end, and check what the actor knew of it."""
    require_lead(actor, project)
    checked_text(reason, field="reason", required=REASON_REQUIRED)
    current = _locked_alias(project, alias)
    if current is None:
        raise InvalidTransition(nothing_serves_reason(alias))
    if expected_promotion_id not in {None, current.promotion_id}:
        sentence = gettext(
            "%(actor)s changed %(alias)s since you opened the page: %(model)s serves now. "
            "Check it before you change it again."
        )
        shown = {
            "actor": current.promotion.requested_by,
            "alias": alias,
            "model": current.model_version,
        }
        raise InvalidTransition(sentence % shown)
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
        # Effective from the start: only one promotion of an alias may be pending.
        effective_at=_next_timestamp(current.project, current.name),
    )


def _locked_alias(project: Project, alias: str) -> Alias | None:
    """Lock the alias and return it. The project's row is the lock of an alias without a row."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    aliases = Alias.objects.select_for_update(of=("self",)).select_related(
        "model_version", "project", "promotion__requested_by"
    )
    return aliases.filter(project=project, name=alias).first()


def _lock_pending(promotion_id: int, actor: User) -> Promotion:
    related = ("project", "model_version", "run__candidate", "run__baseline", "run__project")
    locked = Promotion.objects.select_for_update(of=("self",)).select_related(*related)
    promotion = locked.get(pk=promotion_id)
    require_lead(actor, promotion.project)
    if promotion.effective_at or promotion.declined_at:
        raise InvalidTransition(gettext("This promotion does not wait for a signature any more."))
    return promotion


def _next_timestamp(project: Project, alias: str) -> datetime:
    """Return the time now, but later than every earlier change of the alias.

    Rollbacks depend on the order of the changes; clocks of two servers must not reverse it.
    """
    changes = Promotion.objects.filter(project=project).of_alias(alias).in_effect()
    last = changes.values_list("effective_at", flat=True).first()
    now = timezone.now()
    return now if last is None else max(now, last + timedelta(microseconds=1))


def _apply(
    promotion: Promotion, current: Alias | None, actor: User, *, reason: str = ""
) -> Promotion:
    """Point the alias to the model of a promotion; the event stores the reason as typed."""
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
