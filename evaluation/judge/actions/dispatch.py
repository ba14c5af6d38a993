"""Selection of the judgements that are sent to workers, within the limits of their endpoint."""

from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from evaluation.judge.models import Judgement, JudgeRun, JudgeState
from evaluation.registry.actions.calls import capacity_of, lock_endpoint
from evaluation.registry.models import CallPurpose
from reviewapp.jobs.actions import jobs_to_send


@transaction.atomic
def dispatch_judgements(*, endpoint_id: int) -> list[int]:
    """Return the judgements to send now, within the endpoint's capacity, oldest first."""
    endpoint = lock_endpoint(endpoint_id)
    capacity = capacity_of(endpoint, timezone.now(), CallPurpose.JUDGEMENT)
    needed = Judgement.objects.needed().filter(judge_run__model_version__endpoint=endpoint)
    return jobs_to_send(needed, limit=capacity.calls)


def judgements_to_send() -> Iterator[int]:
    """Yield the judgements to send to workers now, of all endpoints that a judge run waits for."""
    asking = JudgeRun.objects.filter(
        state=JudgeState.RUNNING, model_version__endpoint__isnull=False
    )
    ids = asking.order_by().values_list("model_version__endpoint", flat=True).distinct()
    for endpoint_id in list(ids):
        yield from dispatch_judgements(endpoint_id=endpoint_id)
