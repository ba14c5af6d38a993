"""Withdraw comparisons: with a cut or blank answer, or in a language that too few people read."""

from collections import Counter

from django.db import transaction
from django.utils.translation import gettext

from evaluation.runs.actions.run_setup import lock_run
from evaluation.runs.actions.runs import withdraw_comparisons
from evaluation.runs.answer_review import faulty_answers
from evaluation.runs.lifecycle import RunAction, RunState, next_run_state
from evaluation.runs.models import Comparison
from evaluation.runs.permissions import figures_denied_reason
from evaluation.runs.reading import short_languages, unserved_in
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.core.formats import count
from reviewapp.core.messages import message
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead

MAX_REASON_LENGTH = 400


@transaction.atomic
def withdraw_unread(*, run_id: int, language: str, actor: User | None, reason: str) -> int:
    """Withdraw the unserved examples in a language that need more readers; return how many.

    What a reviewer has seen stays in the run: taking it out would distort the win rate.

    Raises:
        PermissionDeniedError: the actor is not a lead, or votes in the run.
        InvalidInput: no reason is given, or it is too long.
        InvalidTransition: the run is closed, enough reviewers read the language now, or all of its
            examples were served.
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    if actor is not None and (denied := figures_denied_reason(actor, run)):
        raise PermissionDeniedError(denied)
    next_run_state(RunState(run.state), RunAction.WITHDRAW_COMPARISON)
    if not reason.strip() or len(reason) > MAX_REASON_LENGTH:
        sentence = gettext("Give a reason, in at most %(limit)s characters.")
        raise InvalidInput(sentence % {"limit": count(MAX_REASON_LENGTH)}, field="reason")
    readers = {short.language: short.readers for short in short_languages(run)}
    found = unserved_in(run, language, readers=readers.get(language, 0))
    pks = list(found.values_list("pk", flat=True)) if language in readers else []
    if not pks:
        raise InvalidTransition(
            gettext(
                "No example is left to withdraw: enough reviewers read this language now, "
                "or its examples were served."
            )
        )
    return withdraw_comparisons(run, pks, actor=actor, reason=reason.strip())


@transaction.atomic
def withdraw_faulty(*, run_id: int, actor: User | None, action: RunAction) -> int:
    """Withdraw the comparisons with a cut, or a blank, answer before voting; return how many.

    Without such comparisons nothing happens. The event has the number of these answers by model:
    a model that often fails is compared only on the rest.

    Args:
        run_id: the run.
        actor: a lead of the project.
        action: one of `WITHDRAWALS`; the event names it as the reason.
    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run has no answers, is open for votes or closed.
        InvalidInput: some answers are pending, or no comparison would be left.
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    next_run_state(RunState(run.state), action, has_answers=run.has_answers)
    if run.answers.pending().exists():
        raise InvalidInput(message("runs.answers_pending"))
    found = faulty_answers(run, action).values_list("comparison_id", "model_version__name")
    by_model = Counter(name for _pk, name in found)
    pks = sorted({pk for pk, _name in found})
    if not pks:
        return 0
    if len(pks) == run.comparisons.filter(state=Comparison.State.OPEN).count():
        raise InvalidInput(message("runs.nothing_would_be_left"))
    detail = {"by_model": dict(by_model)}
    return withdraw_comparisons(run, pks, actor=actor, reason="", action=action, detail=detail)
