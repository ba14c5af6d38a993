"""Selection of the judgements that are sent to workers, within the limits of their endpoint."""

from collections.abc import Iterator

from django.db import transaction

from evaluation.judge.models import Judgement, JudgeRun, JudgeState
from evaluation.registry.actions.calls import calls_to_send
from evaluation.registry.models import CallPurpose


@transaction.atomic
def dispatch_judgements(*, endpoint_id: int) -> list[int]:
    """Return the judgements to send to workers now (`calls_to_send`)."""
    needed = Judgement.objects.needed().filter(judge_run__model_version__endpoint=endpoint_id)
    return calls_to_send(needed, endpoint_id=endpoint_id, purpose=CallPurpose.JUDGEMENT)


def judgements_to_send() -> Iterator[int]:
    """Yield the judgements to send to workers now, of all endpoints that a judge run waits for."""
    asking = JudgeRun.objects.filter(
        state=JudgeState.RUNNING, model_version__endpoint__isnull=False
    )
    ids = asking.order_by().values_list("model_version__endpoint", flat=True).distinct()
    for endpoint_id in list(ids):
        yield from dispatch_judgements(endpoint_id=endpoint_id)
