"""Store the outcome of an adjudication beside the votes."""

from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext

from datasets.comments.actions import open_disagreement
from datasets.curation.actions import reopen
from datasets.curation.actions.locking import required_text
from datasets.curation.lifecycle import State
from evaluation.adjudication.curation import RETURN_TO_CURATION, returnable
from evaluation.adjudication.models import ADJUDICATE, Adjudication
from evaluation.adjudication.permissions import require_adjudicator
from evaluation.adjudication.queue import disputed, earlier_outcomes
from evaluation.adjudication.sides import draw_sides
from evaluation.runs.actions.run_setup import record
from evaluation.runs.models import EvaluationRun
from evaluation.stats.verdicts import Choice
from evaluation.voting.blinding import resolve
from evaluation.voting.feedback import MAX_FEEDBACK_LENGTH, is_storable
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.formats import count
from reviewapp.people.models import User


@transaction.atomic
def adjudicate(*, comparison_id: int, actor: User, token: str, choice: str, note: str) -> None:
    """Store a lead's decision on a disputed comparison; earlier ones keep their rows.

    Args:
        comparison_id: the comparison.
        actor: the lead.
        token: names the sides that were shown (`sides.draw_sides`).
        choice: a `Choice`, by the sides shown.
        note: why, in the lead's words; may be empty.

    Raises:
        PermissionDeniedError: as `require_adjudicator`.
        InvalidInput: the choice is unknown, or the note is too long.
        InvalidTransition: the comparison is not disputed, or another outcome was stored since the
            page was shown.
    """
    runs = EvaluationRun.objects.select_for_update(of=("self",), no_key=True)
    run = runs.select_related("project").get(comparisons=comparison_id)
    require_adjudicator(actor, run)
    _validate(choice, note)
    comparison = disputed(run).filter(pk=comparison_id).first()
    if comparison is None:
        raise InvalidTransition(
            gettext("This comparison cannot be decided any more. Go on with the next one.")
        )
    earlier = earlier_outcomes(comparison_id)
    drawn = draw_sides(comparison_id=comparison_id, actor_id=actor.pk, earlier=earlier)
    if not constant_time_compare(token, drawn.token):
        raise InvalidTransition(
            gettext("An outcome was stored meanwhile. Choose again: the sides are drawn anew.")
        )
    Adjudication.objects.create(
        comparison=comparison,
        actor=actor,
        left=drawn.left,
        choice=choice,
        verdict=resolve(choice, left=drawn.left),
        note=note.strip(),
    )
    detail = {"comparison": comparison.pk, "position": comparison.position}
    record(run, ADJUDICATE, actor, detail=detail)


@transaction.atomic
def return_to_curation(*, run_id: int, actor: User, reason: str) -> int:
    """Return the golden examples that reviewers of a closed run disagreed about to curation.

    Each gets a thread that names neither votes nor models. What is approved or in review becomes a
    draft; other states stay.

    Args:
        reason: why, in the lead's words, for the authors.

    Returns:
        The number of examples.

    Raises:
        PermissionDeniedError: as `require_adjudicator`.
        InvalidInput: there is no reason, or it is too long.
        InvalidTransition: the run is open, or nothing is left to return.
    """
    runs = EvaluationRun.objects.select_for_update(of=("self",), no_key=True)
    run = runs.select_related("project").get(pk=run_id)
    require_adjudicator(actor, run)
    reason = required_text(reason, message_if_empty=gettext("Write what the authors should check."))
    comparisons = returnable(run)
    if not comparisons:
        raise InvalidTransition(
            gettext("No example is left to return. Reviewers must disagree in a closed run.")
        )
    # Examples are locked in the order of their ids, as everywhere.
    revisions = {c.revision.example_id: c.revision for c in comparisons if c.revision}
    for _example_id, revision in sorted(revisions.items()):
        open_disagreement(revision=revision, run=run.pk)
        if revision.example.state in {State.APPROVED, State.IN_REVIEW}:
            reopen(example_id=revision.example_id, actor=actor, reason=reason)
    detail = {"comparisons": [comparison.pk for comparison in comparisons]}
    record(run, RETURN_TO_CURATION, actor, reason=reason, detail=detail)
    return len(revisions)


def _validate(choice: str, note: str) -> None:
    if choice not in set(Choice):
        raise InvalidInput(gettext("Choose which answer is better."), field="choice")
    if not is_storable(note.strip(), limit=MAX_FEEDBACK_LENGTH):
        sentence = gettext("Write the note in at most %(limit)s characters.")
        raise InvalidInput(sentence % {"limit": count(MAX_FEEDBACK_LENGTH)}, field="note")
