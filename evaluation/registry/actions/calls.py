"""Calls to an endpoint: counted across all workers against its limits, whatever they are for.

A caller locks the endpoint's row first, so that two workers do not take the last free call at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from evaluation.providers.base import ProviderBlocked, TemporaryFailure
from evaluation.registry.models import CallPurpose, Endpoint, ModelTrial, ProviderCall
from reviewapp.core.messages import message
from reviewapp.jobs.actions import jobs_to_send
from reviewapp.jobs.models import JobState

WINDOW_SECONDS = 60
CAPACITY_POLL_SECONDS = 1
# The wait after a rate limit for which the service gives no time: at first, and at most.
MIN_RATE_LIMIT_SECONDS = 15
MAX_RATE_LIMIT_SECONDS = 300
MAX_RETRY_AFTER_SECONDS = 3600
# After this long with nothing but rate limits the calls stop, and after this many of them a request
# fails, so that nothing waits for ever.
MAX_WAITING_SECONDS = 1800
MAX_RATE_LIMITED_ATTEMPTS = 40


@dataclass(frozen=True)
class Capacity:
    """How many further calls an endpoint takes now, and if none, when to look again."""

    calls: int
    retry_at: datetime


def lock_endpoint(endpoint_id: int) -> Endpoint:
    """Lock an endpoint until the transaction ends; all claims of its calls wait for each other."""
    return Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint_id)


def capacity_of(endpoint: Endpoint, now: datetime, purpose: CallPurpose) -> Capacity:
    """Count the calls of all workers against the limits of a locked endpoint.

    A person waits for a trial: it goes before other calls, and also to an endpoint that is blocked,
    because it shows whether the cause is gone.
    """
    is_trial = purpose == CallPurpose.TRIAL
    if endpoint.blocked_reason and not is_trial:
        return Capacity(0, now + timedelta(seconds=WINDOW_SECONDS))
    if endpoint.wait_until is not None and endpoint.wait_until > now:
        return Capacity(0, endpoint.wait_until)
    window = timedelta(seconds=WINDOW_SECONDS)
    recent = endpoint.calls.filter(started_at__gt=now - window).order_by("-started_at")
    started = list(recent.values_list("started_at", flat=True)[: endpoint.requests_per_minute])
    free = endpoint.requests_per_minute - len(started)
    if free <= 0:
        return Capacity(0, started[-1] + window)
    calls = min(endpoint.max_concurrent - endpoint.calls.running(now).count(), free)
    if not is_trial and _has_waiting_trial(endpoint):
        calls -= 1
    return Capacity(max(0, calls), now + timedelta(seconds=CAPACITY_POLL_SECONDS))


def calls_to_send(needed: QuerySet[Any], *, endpoint_id: int, purpose: CallPurpose) -> list[int]:
    """Return the jobs to send to workers now, within the endpoint's capacity, oldest first.

    Jobs that were sent and not claimed yet count against the capacity, so that repeated calls send
    nothing twice. Requires a transaction.

    Args:
        needed: jobs of this endpoint that wait for a call.
    """
    capacity = capacity_of(lock_endpoint(endpoint_id), timezone.now(), purpose)
    return jobs_to_send(needed, limit=capacity.calls)


def start_call(
    endpoint: Endpoint, now: datetime, purpose: CallPurpose, subject_id: int | None
) -> ProviderCall:
    """Count a call from now on; the caller holds the lock and found capacity for it."""
    return ProviderCall.objects.create(
        endpoint=endpoint, purpose=purpose, subject_id=subject_id, started_at=now
    )


def _has_waiting_trial(endpoint: Endpoint) -> bool:
    waiting = ModelTrial.objects.filter(state=JobState.WAITING)
    return waiting.filter(model_version__endpoint=endpoint).exists()


def waited_seconds(endpoint_id: int, now: datetime) -> float:
    """Return for how long an endpoint has only sent rate limits; 0 if it answers."""
    since = Endpoint.objects.values_list("waiting_since", flat=True).get(pk=endpoint_id)
    return (now - (since or now)).total_seconds()


def blocked_by_waits(error: TemporaryFailure, waited: float) -> ProviderBlocked | None:
    """Return why calls stop after a rate limit: a wait of hours, or half an hour of nothing else.

    Args:
        error: the rate limit.
        waited: seconds for which the endpoint has sent nothing else.
    """
    if (error.retry_after or 0) > MAX_RETRY_AFTER_SECONDS:
        hours = min(error.retry_after or 0, 1e6) / MAX_RETRY_AFTER_SECONDS
        reason = message("runs.long_wait", hours=hours, cause=error.message)
        return ProviderBlocked(error.code, reason)
    if waited > MAX_WAITING_SECONDS:
        minutes = round(waited / 60)
        reason = message("runs.only_rate_limits", minutes=minutes, cause=error.message)
        return ProviderBlocked(error.code, reason)
    return None


def defer_calls(
    endpoint_id: int, error: TemporaryFailure, now: datetime, *, waited: float
) -> datetime:
    """Defer the calls of all workers after a rate limit; return until when."""
    # Half of the time waited so far, so that the waits grow.
    usual = min(max(waited / 2, MIN_RATE_LIMIT_SECONDS), MAX_RATE_LIMIT_SECONDS)
    until = now + timedelta(seconds=usual if error.retry_after is None else error.retry_after)
    # Of two rate limits at the same time the longer wait holds.
    Endpoint.objects.filter(pk=endpoint_id).update(
        wait_until=Greatest("wait_until", Value(until)),
        waiting_since=Coalesce("waiting_since", Value(now)),
    )
    return until


def end_waiting(endpoint_id: int) -> None:
    """Record that the endpoint has answered."""
    waiting = Endpoint.objects.filter(pk=endpoint_id, waiting_since__isnull=False)
    waiting.update(waiting_since=None)


def asked_to_wait(error: TemporaryFailure) -> timedelta:
    """Return how long a service asks to wait before one request is repeated, at most an hour."""
    return timedelta(seconds=min(error.retry_after or 0, MAX_RETRY_AFTER_SECONDS))
