"""Which answers are sent to workers when: the limits of an endpoint, shared by all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evaluation.registry.models import Endpoint
from evaluation.runs.models import Answer

MAX_ATTEMPTS = 6
WINDOW_SECONDS = 60
# A message that a worker has not taken up by then is sent again.
REDISPATCH_SECONDS = 60
CAPACITY_POLL_SECONDS = 1
# A lease outlasts the call that it stands for, whatever the settings say: the time an answer may
# take, and the look-up of the host's name before, which the system's resolver bounds.
LEASE_MARGIN_SECONDS = 60


def lease_cutoff(now: datetime) -> datetime:
    """Return the time before which a worker that was not heard of is given up."""
    seconds = max(
        settings.ANSWER_LEASE_SECONDS, settings.PROVIDER_TIMEOUT_SECONDS + LEASE_MARGIN_SECONDS
    )
    return now - timedelta(seconds=seconds)


@dataclass(frozen=True)
class Capacity:
    """How many further calls an endpoint takes now, and if none, when to look again."""

    calls: int
    retry_at: datetime


def capacity_of(endpoint: Endpoint, now: datetime) -> Capacity:
    """Count the calls of all workers against the limits of a locked endpoint."""
    if endpoint.blocked_reason:
        return Capacity(0, now + timedelta(seconds=WINDOW_SECONDS))
    if endpoint.wait_until is not None and endpoint.wait_until > now:
        return Capacity(0, endpoint.wait_until)
    live = endpoint.calls.live(since=lease_cutoff(now)).count()
    window = timedelta(seconds=WINDOW_SECONDS)
    recent = endpoint.calls.filter(started_at__gt=now - window)
    started = list(
        recent.order_by("-started_at").values_list("started_at", flat=True)[
            : endpoint.requests_per_minute
        ]
    )
    free = endpoint.requests_per_minute - len(started)
    if free <= 0:
        return Capacity(0, started[-1] + window)
    calls = min(endpoint.max_concurrent - live, free)
    return Capacity(max(0, calls), now + timedelta(seconds=CAPACITY_POLL_SECONDS))


@transaction.atomic
def dispatch_answers(*, endpoint_id: int) -> list[int]:
    """Return answers to send to workers now: as many as the endpoint has room for, oldest first.

    Takes back what lost workers held. What was handed out and not yet claimed counts as taken,
    so that calling this often sends nothing twice.
    """
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)
    now = timezone.now()
    theirs = Answer.objects.filter(model_version__endpoint=endpoint)
    _requeue_lost(theirs.lost(before=lease_cutoff(now)).values_list("pk", flat=True), now)
    handed_since = now - timedelta(seconds=REDISPATCH_SECONDS)
    waiting = theirs.wanted().due(now=now)
    on_their_way = waiting.filter(heartbeat_at__gte=handed_since).count()
    free = capacity_of(endpoint, now).calls - on_their_way
    if free <= 0:
        return []
    chosen = list(
        waiting.exclude(heartbeat_at__gte=handed_since)
        .order_by("pk")
        .values_list("pk", flat=True)[:free]
    )
    Answer.objects.filter(pk__in=chosen, status=Answer.Status.WAITING).update(heartbeat_at=now)
    return chosen


def _requeue_lost(lost: Iterable[int], now: datetime) -> None:
    for answer in Answer.objects.select_for_update(skip_locked=True).filter(pk__in=list(lost)):
        end_calls(answer, now)
        gave_up = answer.attempts >= MAX_ATTEMPTS
        answer.status = Answer.Status.FAILED if gave_up else Answer.Status.WAITING
        answer.claim = answer.heartbeat_at = None
        if gave_up:
            answer.error_code, answer.finished_at = "lost", now
            answer.error = "The worker was lost each time it asked for this answer."
        answer.save()


def endpoints_in_use() -> list[int]:
    """Return the endpoints that some run waits for."""
    waiting = Answer.objects.wanted().filter(
        status__in=[Answer.Status.WAITING, Answer.Status.RUNNING],
        model_version__endpoint__isnull=False,
    )
    ids = waiting.order_by().values_list("model_version__endpoint", flat=True).distinct()
    return list(ids)


def end_calls(answer: Answer, now: datetime) -> None:
    """End the calls of a worker that was lost, so that they no longer count as running."""
    answer.calls.filter(finished_at__isnull=True).update(finished_at=now, outcome="lost")
