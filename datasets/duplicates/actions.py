"""Dismiss a pair, take that back, retire all of a cluster but one, sign what has no signature."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from datasets.curation.actions import retire
from datasets.curation.actions.locking import EventPayload, locked_example, record_event
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample, Revision
from datasets.curation.permissions import require_participation
from datasets.similarity.actions import sign_example, sign_new_examples
from datasets.similarity.lookup import Signed, neighbours
from datasets.similarity.models import ExampleSignature, SimilarPair
from datasets.similarity.signatures import SCHEME, sign
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, permissions_of, require_permission

DISMISSED, RESTORED = "dismiss_duplicate", "restore_duplicate"
MAX_AT_ONCE = 100
CHUNK = 200


@transaction.atomic
def dismiss_pair(*, pair: SimilarPair, actor: User) -> SimilarPair:
    """Record that two like examples are no duplicates of each other.

    Raises:
        PermissionDeniedError: the actor neither curates nor reviews in the project.
        InvalidTransition: the pair is dismissed already, or the two are no longer alike.
    """
    return _change(pair, actor, is_dismissed=True)


@transaction.atomic
def restore_pair(*, pair: SimilarPair, actor: User) -> SimilarPair:
    """Take back that two like examples are no duplicates.

    Raises:
        PermissionDeniedError: the actor neither curates nor reviews in the project.
        InvalidTransition: the pair is not dismissed, or the two are no longer alike.
    """
    return _change(pair, actor, is_dismissed=False)


def _change(pair: SimilarPair, actor: User, *, is_dismissed: bool) -> SimilarPair:
    examples = [locked_example(pair.first_id), locked_example(pair.second_id)]
    project = examples[0].project
    require_participation(permissions_of(actor, project), project)
    current = SimilarPair.objects.select_for_update(of=("self",)).filter(pk=pair.pk).first()
    if current is None:
        raise InvalidTransition(message("duplicates.no_longer_alike"))
    if (current.dismissed_at is not None) == is_dismissed:
        raise InvalidTransition(message("duplicates.changed_already"))
    current.dismissed_by = actor if is_dismissed else None
    current.dismissed_at = timezone.now() if is_dismissed else None
    current.save(update_fields=["dismissed_by", "dismissed_at"])
    likeness = {"question": current.question, "answer": current.answer}
    for example, other in zip(examples, reversed(examples), strict=True):
        payload = EventPayload(
            DISMISSED if is_dismissed else RESTORED, detail={"other": other.pk, **likeness}
        )
        record_event(example, payload, actor=actor, before=example.state)
    return current


@transaction.atomic
def retire_duplicates(
    *, project: Project, keep: int, others: Collection[int], actor: User, reason: str
) -> int:
    """Retire the duplicates of an example that is kept; return how many.

    Those that are retired already are left as they are.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidInput: nothing is left to retire, too many are chosen, or the reason is missing.
        InvalidTransition: the example to keep is retired itself.
    """
    require_permission(actor, project, Permission.CURATE)
    chosen = sorted({*others} - {keep})
    if not chosen:
        raise InvalidInput(message("duplicates.none_chosen"))
    if len(chosen) > MAX_AT_ONCE:
        raise InvalidInput(message("duplicates.too_many", limit=MAX_AT_ONCE))
    found = GoldenExample.objects.filter(project=project)
    kept = found.select_for_update().filter(pk=keep).first()
    if kept is None or kept.state == State.RETIRED:
        raise InvalidTransition(message("duplicates.kept_is_retired", number=str(keep)))
    to_retire = found.filter(pk__in=chosen).exclude(state=State.RETIRED).order_by("pk")
    ids = [*to_retire.values_list("pk", flat=True)]
    for example_id in ids:
        retire(example_id=example_id, actor=actor, reason=reason)
    return len(ids)


def sign_missing(*, limit: int = 5_000) -> int:
    """Sign examples that have no signature or an old one, and find their pairs; return how many.

    It may run at any time, also twice at once: each chunk locks its examples.
    """
    done = 0
    while done < limit and (count := _sign_chunk()):
        done += count
    return done


@transaction.atomic
def _sign_chunk() -> int:
    unsigned = Q(signature=None) | ~Q(signature__scheme=SCHEME)
    waiting = GoldenExample.objects.filter(unsigned, erased_at=None)
    first = waiting.order_by("pk").values_list("project_id", flat=True).first()
    if first is None:
        return 0
    ids = waiting.filter(project=first).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    locked = GoldenExample.objects.select_for_update(skip_locked=True, no_key=True)
    examples = [*locked.filter(pk__in=[*ids], erased_at=None).order_by("pk")]
    numbers = {example.pk: example.latest_number for example in examples}
    texts = {
        revision.example_id: revision.messages
        for revision in Revision.objects.filter(example__in=numbers)
        if revision.number == numbers[revision.example_id]
    }
    signed = ExampleSignature.objects.filter(example__in=numbers)
    old = {*signed.values_list("pk", flat=True)}
    fresh = [Signed(pk, sign(texts[pk])) for pk in numbers if pk not in old]
    sign_new_examples(first, fresh, neighbours(first, fresh))
    for example_id in sorted(old):
        sign_example(first, example_id, texts[example_id])
    return len(examples)
