"""Lock an example, change its state and record the event: the frame of every action on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import ngettext

from datasets.curation.lifecycle import Action, State, next_state
from datasets.curation.models import ExampleEvent, GoldenExample
from reviewapp.core import formats
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import message
from reviewapp.people.models import User

MAX_REASON_LENGTH = 500
MAX_NOTE_LENGTH = 300


@dataclass(frozen=True)
class EventPayload:
    """Action, reason and detail of an audit event."""

    action: str
    reason: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


def locked_example(example_id: int) -> GoldenExample:
    """Return the example with its row locked until the transaction ends.

    Raises:
        InvalidTransition: it was deleted.
    """
    locked = GoldenExample.with_deleted.select_for_update(of=("self",))
    example = locked.select_related("project").get(pk=example_id)
    if example.deleted_at is not None:
        raise InvalidTransition(message("curation.deleted"))
    return example


def apply_transition(example: GoldenExample, action: Action) -> str:
    """Set the state after `action` and return the previous one; clear the approval if it ends."""
    before, after = State(example.state), next_state(State(example.state), action)
    example.state = after
    example.updated_at = timezone.now()
    if after != State.APPROVED:
        example.approved_revision = None
    return before


def record_event(
    example: GoldenExample, payload: EventPayload, *, actor: User | None, before: str
) -> ExampleEvent:
    """Record the event of a change, after the new state was set on the example."""
    return ExampleEvent.objects.create(
        project_id=example.project_id,
        example=example,
        actor=actor,
        action=payload.action,
        before=before,
        after=example.state,
        reason=payload.reason,
        detail=payload.detail,
        revision_number=example.latest_number,
    )


def record_events(
    examples: Iterable[GoldenExample],
    payload: EventPayload,
    *,
    actor: User | None,
    before: Mapping[int, str],
    after: str = "",
    details: Mapping[int, dict[str, Any]] | None = None,
) -> None:
    """Record the same change of many examples, in one statement.

    Args:
        before: the state of each before the change, by id.
        after: their state after it; that of the example if empty.
        details: the detail of each, by id; that of `payload` if None.
    """
    ExampleEvent.objects.bulk_create(
        ExampleEvent(
            project_id=example.project_id,
            example=example,
            actor=actor,
            action=payload.action,
            before=before[example.pk],
            after=after or example.state,
            reason=payload.reason,
            detail=payload.detail if details is None else details[example.pk],
            revision_number=example.latest_number,
        )
        for example in examples
    )


def required_text(text: str, *, message_if_empty: str, max_length: int = MAX_REASON_LENGTH) -> str:
    """Return `text` without outer space; `message_if_empty` is the error for an empty one.

    Raises:
        InvalidInput: it is empty, or longer than `max_length` characters.
    """
    text = text.strip()
    if not text:
        raise InvalidInput(message_if_empty, field="reason")
    if len(text) > max_length:
        raise InvalidInput(
            ngettext(
                "Shorten this text to %(limit)s character.",
                "Shorten this text to %(limit)s characters or fewer.",
                max_length,
            )
            % {"limit": formats.count(max_length)},
            field="reason",
        )
    return text
