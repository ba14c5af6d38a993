"""What every write to an example begins and ends with: the locked row and its event."""

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from datasets.curation.lifecycle import Action, State, next_state
from datasets.curation.models import ExampleEvent, GoldenExample
from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import User

MAX_REASON_LENGTH = 500
MAX_NOTE_LENGTH = 300


@dataclass(frozen=True)
class EventPayload:
    """What an event says besides who and where: the action, its reason, its detail."""

    action: str
    reason: str = ""
    detail: dict[str, Any] = field(default_factory=dict)


def locked_example(example_id: int) -> GoldenExample:
    """Return the example with its row locked until the transaction ends."""
    locked = GoldenExample.objects.select_for_update(of=("self",))
    return locked.select_related("project").get(pk=example_id)


def move(example: GoldenExample, action: Action) -> str:
    """Set the state that follows `action`; return the one before. Leaving approval forgets it."""
    before, after = State(example.state), next_state(State(example.state), action)
    example.state = after
    example.updated_at = timezone.now()
    if after != State.APPROVED:
        example.approved_revision = None
    return before


def record(
    example: GoldenExample, payload: EventPayload, *, actor: User | None, before: str
) -> ExampleEvent:
    """Write the event of a change to an example that holds its new state already."""
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


def required_text(text: str, *, ask: str, longest: int = MAX_REASON_LENGTH) -> str:
    """Return `text` without outer space; `ask` is the sentence for somebody who left it empty.

    Raises:
        InvalidInput: it is empty, or longer than `longest` characters.
    """
    text = text.strip()
    if not text:
        raise InvalidInput(ask)
    if len(text) > longest:
        raise InvalidInput(
            f"This text has {len(text):,} characters. Shorten it to {longest:,} or fewer."
        )
    return text
