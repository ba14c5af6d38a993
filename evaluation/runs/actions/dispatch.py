"""Selection of the answers that are sent to workers, within the shared limits of endpoints."""

from collections.abc import Iterator

from django.db import transaction

from evaluation.registry.actions.calls import calls_to_send
from evaluation.registry.models import CallPurpose
from evaluation.runs.models import Answer
from reviewapp.jobs.models import JobState


@transaction.atomic
def dispatch_answers(*, endpoint_id: int) -> list[int]:
    """Return the answers to send to workers now (`calls_to_send`)."""
    needed = Answer.objects.needed().filter(model_version__endpoint=endpoint_id)
    return calls_to_send(needed, endpoint_id=endpoint_id, purpose=CallPurpose.ANSWER)


def answers_to_send() -> Iterator[int]:
    """Yield the answers to send to workers now, of all endpoints that a run waits for."""
    waiting = Answer.objects.needed().filter(
        state=JobState.WAITING, model_version__endpoint__isnull=False
    )
    ids = waiting.order_by().values_list("model_version__endpoint", flat=True).distinct()
    for endpoint_id in list(ids):
        yield from dispatch_answers(endpoint_id=endpoint_id)
