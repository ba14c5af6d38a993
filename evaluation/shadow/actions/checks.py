"""Changes of a shadow check: start, stop, resume, cancel, finish."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from datasets.curation.models import Revision
from evaluation.registry.actions.calls import lock_endpoint
from evaluation.registry.models import ModelVersion
from evaluation.shadow.archetypes import asked_revisions, rules_of
from evaluation.shadow.models import CheckState, ShadowAnswer, ShadowCheck, ShadowEvent
from evaluation.shadow.permissions import answers_denied_reason
from evaluation.shadow.requests import (
    MAX_TOKENS,
    ShadowForecast,
    forecast_of,
    set_digest,
    tokens_of,
)
from evaluation.shadow.rules import ShadowRules
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.core.messages import Message, message
from reviewapp.jobs.actions import cancel_waiting_jobs, restart_jobs
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead


@dataclass(frozen=True)
class Prepared:
    """A shadow check that could be started, with what it costs at most."""

    model: ModelVersion
    revisions: list[Revision]
    rules: ShadowRules
    tokens: list[int]
    forecast: ShadowForecast


def prepare_check(project: Project, model_id: int) -> Prepared:
    """Return what a shadow check of a model would ask and cost. Writes nothing.

    Raises:
        InvalidInput: the model cannot be asked.
        InvalidTransition: the set of archetypes is empty.
    """
    model = ModelVersion.objects.filter(pk=model_id, project=project).first()
    if model is None:
        raise InvalidInput(message("shadow.unknown_model"), field="model_id")
    if model.endpoint_id is None:
        raise InvalidInput(message("registry.not_askable", name=model.name), field="model_id")
    revisions, rules = asked_revisions(project), rules_of(project)
    if not revisions:
        raise InvalidTransition(message("shadow.no_archetypes"))
    tokens = [tokens_of(revision, model, rules) for revision in revisions]
    return Prepared(model, revisions, rules, tokens, forecast_of(model, tokens))


@transaction.atomic
def start_check(
    *, project: Project, model_id: int, usd_cap: Decimal | None = None, actor: User | None
) -> ShadowCheck:
    """Ask a model about every archetype prompt. `actor` None is a training that has succeeded.

    Raises:
        PermissionDeniedError: the actor is not a lead, or votes where the answers would tell.
        InvalidInput: the model cannot be asked, or the cap is not positive or has no price.
        InvalidTransition: there is no prompt, or the model is being asked already.
    """
    require_lead(actor, project)
    prepared = prepare_check(project, model_id)
    model, forecast = prepared.model, prepared.forecast
    examples = [revision.example_id for revision in prepared.revisions]
    if actor is not None and (denied := answers_denied_reason(actor, model.pk, examples)):
        raise PermissionDeniedError(denied)
    if usd_cap is not None and usd_cap <= 0:
        raise InvalidInput(message("judge.cap_positive"), field="usd_cap")
    if usd_cap is not None and forecast.usd is None:
        raise InvalidInput(message("judge.no_prices", name=model.name), field="usd_cap")
    # Two starts at once: the second one waits here and finds the first.
    ModelVersion.objects.select_for_update(no_key=True, of=("self",)).get(pk=model.pk)
    if any(found.is_active for found in model.shadow_checks.all()):
        raise InvalidTransition(message("shadow.under_way", name=model.name))
    made = ShadowCheck.objects.create(
        project=project,
        model_version=model,
        prompts_digest=set_digest(prepared.revisions, prepared.rules),
        rules=prepared.rules.as_json(),
        max_tokens=MAX_TOKENS,
        usd_cap=usd_cap,
        expected_tokens=forecast.tokens,
        expected_usd=forecast.usd,
        prices_as_of=forecast.as_of,
        started_by=actor,
    )
    ShadowAnswer.objects.bulk_create(
        ShadowAnswer(shadow_check=made, revision=revision, position=number, expected_tokens=tokens)
        for number, (revision, tokens) in enumerate(
            zip(prepared.revisions, prepared.tokens, strict=True), start=1
        )
    )
    detail = {"model": model.name, "prompts": len(examples), "digest": made.prompts_digest}
    record(made, "start_shadow_check", actor, detail)
    return made


@transaction.atomic
def stop_check(*, check_id: int, code: str, reason: Message) -> None:
    """Stop a check that asks, until a lead resumes it; its cap or its service require it."""
    found = lock_check(check_id)
    if found.state == CheckState.RUNNING:
        _move(found, CheckState.STOPPED, stop_code=code[:80], stop_reason=reason)
        record(found, "stop_shadow_check", None, {"code": code})


@transaction.atomic
def resume_check(*, check_id: int, actor: User | None) -> ShadowCheck:
    """Ask again for what is missing or failed; the endpoint is no longer blocked.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it was cancelled, nothing is missing, or another check asks the model.
    """
    asked = ShadowCheck.objects.select_related("model_version").get(pk=check_id)
    # The endpoint first, as a claim locks them.
    endpoint = lock_endpoint(asked.model_version.endpoint_id or 0)
    found = lock_check(check_id)
    require_lead(actor, found.project)
    answers = found.answers.filter(erased_at=None)
    failed = answers.filter(state=ShadowAnswer.State.FAILED)
    if found.state == CheckState.CANCELLED or not (answers.pending().exists() or failed.exists()):
        raise InvalidTransition(message("shadow.nothing_to_resume"))
    others = found.model_version.shadow_checks.exclude(pk=found.pk)
    if any(other.is_active for other in others):
        raise InvalidTransition(message("shadow.under_way", name=found.model_version.name))
    restart_jobs(failed)
    _move(found, CheckState.RUNNING, stop_code="", stop_reason=None, finished_at=None)
    endpoint.blocked_reason = endpoint.wait_until = endpoint.waiting_since = None
    endpoint.save(update_fields=["blocked_reason", "wait_until", "waiting_since"])
    record(found, "resume_shadow_check", actor, {})
    return found


@transaction.atomic
def cancel_check(*, check_id: int, actor: User | None) -> ShadowCheck:
    """End a check for good; the answers that it has are kept.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it has ended already.
    """
    found = lock_check(check_id)
    require_lead(actor, found.project)
    if not found.is_active:
        raise InvalidTransition(message("shadow.has_ended"))
    cancel_waiting_jobs(found.answers.all())
    _move(found, CheckState.CANCELLED, finished_at=timezone.now())
    record(found, "cancel_shadow_check", actor, {})
    return found


@transaction.atomic
def finish_check(*, check_id: int) -> bool:
    """End a check that has asked everything; return whether it has."""
    found = lock_check(check_id)
    if found.state != CheckState.RUNNING or found.answers.pending().exists():
        return False
    _move(found, CheckState.DONE, finished_at=timezone.now())
    failed = found.answers.filter(state=ShadowAnswer.State.FAILED).count()
    record(found, "finish_shadow_check", None, {"failed": failed})
    return True


def running_checks() -> Iterator[int]:
    """Yield the ids of the checks that ask, oldest first."""
    found = ShadowCheck.objects.filter(state=CheckState.RUNNING).order_by("pk")
    yield from list(found.values_list("pk", flat=True))


def lock_check(check_id: int) -> ShadowCheck:
    """Lock a check until the transaction ends; before any of its answers is locked."""
    return (
        ShadowCheck.objects.select_for_update(of=("self",), no_key=True)
        .select_related("project", "model_version")
        .get(pk=check_id)
    )


def _move(found: ShadowCheck, state: CheckState, **columns: object) -> None:
    found.state = state
    for name, value in columns.items():
        setattr(found, name, value)
    found.save(update_fields=["state", *columns])


def record(
    found: ShadowCheck, action: str, actor: User | None, detail: dict[str, object]
) -> ShadowEvent:
    """Record an event of a check."""
    return ShadowEvent.objects.create(
        project_id=found.project_id, shadow_check=found, actor=actor, action=action, detail=detail
    )
