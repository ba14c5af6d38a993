"""Erase text of a comparison or of a gold check, for a lead."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from datasets.curation.actions.locking import required_text
from datasets.erasure.actions import REASON_REQUIRED, forget_stored_answers
from evaluation.erasure.parts import Part
from evaluation.judge.actions.judgements import delete_old_replies, forget_replies
from evaluation.registry.models import ProviderCall
from evaluation.runs.gold import gold_denied_reason
from evaluation.runs.models import Answer, Comparison, GoldCheck
from reviewapp.core.erased import ERASED
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def erase_comparison(
    *, comparison_id: int, parts: Collection[str], reason: str, actor: User | None
) -> None:
    """Replace parts of a comparison permanently; its votes stay counted. `actor` None is a command.

    Raises:
        PermissionDeniedError: the actor is no lead.
        InvalidInput: there is no reason, or no part or an unknown one is named.
    """
    comparison = Comparison.objects.select_related("run__project").get(pk=comparison_id)
    require_lead(actor, comparison.run.project)
    reason = required_text(reason, message_if_empty=str(REASON_REQUIRED))
    if not parts or not set(parts) <= set(Part.values):
        raise InvalidInput(gettext("Choose what is erased."), field="parts")
    _erase_with_copies(comparison_id, parts, reason, actor.pk if actor else None)
    forget_stored_answers(comparison.run.project)


@transaction.atomic
def erase_gold_check(*, gold_check_id: int, reason: str, actor: User | None) -> None:
    """Erase the texts of a gold check and what reviewers wrote about it, and retire it.

    Its results stay. The texts of a comparison that it was taken from are erased in the run.

    Raises:
        PermissionDeniedError: the actor is no lead, or votes in a run with gold checks.
        InvalidInput: there is no reason.
    """
    check = GoldCheck.objects.select_related("project").get(pk=gold_check_id)
    require_lead(actor, check.project)
    if actor is not None and (denied := gold_denied_reason(actor, check.project)):
        raise PermissionDeniedError(denied)
    reason = required_text(reason, message_if_empty=str(REASON_REQUIRED))
    _erase_gold(check.pk, reason, actor.pk if actor else None)
    forget_stored_answers(check.project)


def erase_comparisons_of(example_id: int, reason: str, actor_id: int | None) -> None:
    """Erase all comparisons whose prompt was made from an example."""
    comparisons = Comparison.objects.filter(revision__example=example_id).order_by("pk")
    for comparison_id in comparisons.values_list("pk", flat=True):
        _erase_with_copies(comparison_id, Part.values, reason, actor_id)


def delete_provider_data(project: Project, now: datetime) -> dict[str, int]:
    """Delete the raw provider data of answers that is older than the project's limit."""
    if project.keep_provider_data_days is None:
        return {}
    before = now - timedelta(days=project.keep_provider_data_days)
    calls = ProviderCall.objects.filter(endpoint__project=project, finished_at__lt=before)
    deleted, _ = calls.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT touchstone_erase_provider_data(%s, %s)", [project.pk, before])
        (answers,) = cursor.fetchone()
    judged = delete_old_replies(project.pk, before)
    return {"provider_calls": deleted, "provider_answers": answers, "judge_replies": judged}


def _erase_with_copies(
    comparison_id: int, parts: Collection[str], reason: str, actor_id: int | None
) -> None:
    """Erase parts of a comparison, and the same answers where other runs have reused them."""
    _erase(comparison_id, parts, reason, actor_id)
    # After the write, which waits for a run that is just reusing one of the answers.
    for answer in _copies(comparison_id, parts):
        is_candidate = answer.model_version_id == answer.run.candidate_id
        part = Part.CANDIDATE if is_candidate else Part.BASELINE
        _erase(answer.comparison_id, [part], reason, actor_id)


def _copies(comparison_id: int, parts: Collection[str]) -> list[Answer]:
    """Return the answers of other comparisons that have the text of one of these answers."""
    run = Comparison.objects.select_related("run").get(pk=comparison_id).run
    models = {Part.CANDIDATE: run.candidate_id, Part.BASELINE: run.baseline_id}
    chosen = [model for part, model in models.items() if part in parts]
    own = Answer.objects.filter(comparison=comparison_id, model_version__in=chosen)
    origins = own.values_list(Coalesce("reused_from", "pk"), flat=True)
    family = Q(pk__in=list(origins)) | Q(reused_from__in=list(origins))
    others = Answer.objects.filter(family).exclude(comparison=comparison_id).exclude(text="")
    found = others.select_related("run").order_by("comparison_id")
    return [answer for answer in found if answer.text.strip() != ERASED]


def _erase(comparison_id: int, parts: Collection[str], reason: str, actor_id: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT touchstone_erase_comparison(%s, %s, %s, %s)",
            [comparison_id, list(parts), actor_id, reason],
        )
    # A judge quotes what it compares, and so does the explanation of a gold check.
    forget_replies([comparison_id])
    for check in GoldCheck.objects.filter(source=comparison_id):
        if not check.is_erased:
            _erase_gold(check.pk, reason, actor_id)


def _erase_gold(gold_check_id: int, reason: str, actor_id: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT touchstone_erase_gold_check(%s, %s, %s)", [gold_check_id, actor_id, reason]
        )
