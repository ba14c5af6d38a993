"""Selection of the answers that are sent to workers, within the shared limits of endpoints."""

from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from evaluation.registry.actions.calls import capacity_of, lock_endpoint
from evaluation.registry.models import CallPurpose
from evaluation.runs.models import Answer
from reviewapp.jobs.actions import jobs_to_send
from reviewapp.jobs.models import JobState


@transaction.atomic
def dispatch_answers(*, endpoint_id: int) -> list[int]:
    """Return the answers to send to workers now, within the endpoint's capacity, oldest first.

    Answers that were sent and not claimed yet count against the capacity, so that repeated calls
    send nothing twice.
    """
    endpoint = lock_endpoint(endpoint_id)
    capacity = capacity_of(endpoint, timezone.now(), CallPurpose.ANSWER)
    needed = Answer.objects.needed().filter(model_version__endpoint=endpoint)
    return jobs_to_send(needed, limit=capacity.calls)


def answers_to_send() -> Iterator[int]:
    """Yield the answers to send to workers now, of all endpoints that a run waits for."""
    waiting = Answer.objects.needed().filter(
        state=JobState.WAITING, model_version__endpoint__isnull=False
    )
    ids = waiting.order_by().values_list("model_version__endpoint", flat=True).distinct()
    for endpoint_id in list(ids):
        yield from dispatch_answers(endpoint_id=endpoint_id)
