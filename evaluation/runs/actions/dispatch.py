"""Which answers are sent to workers when: the limits of an endpoint, shared by all of them."""

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
    """Return answers to send to workers now: as many as the endpoint has room for, oldest first.

    What was sent and is not yet claimed counts as taken, so that calling this often sends nothing
    twice.
    """
    endpoint = lock_endpoint(endpoint_id)
    room = capacity_of(endpoint, timezone.now(), CallPurpose.ANSWER)
    wanted = Answer.objects.wanted().filter(model_version__endpoint=endpoint)
    return jobs_to_send(wanted, limit=room.calls)


def answers_to_send() -> Iterator[int]:
    """Yield the answers to send to workers now, of all endpoints that some run waits for."""
    waiting = Answer.objects.wanted().filter(
        state=JobState.WAITING, model_version__endpoint__isnull=False
    )
    ids = waiting.order_by().values_list("model_version__endpoint", flat=True).distinct()
    for endpoint_id in list(ids):
        yield from dispatch_answers(endpoint_id=endpoint_id)
