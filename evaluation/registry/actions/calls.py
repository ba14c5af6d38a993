"""Calls to an endpoint: counted across all workers against its limits, whatever they are for.

A caller locks the endpoint's row first, so that two workers do not take the last free call at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from evaluation.registry.models import CallPurpose, Endpoint, ModelTrial, ProviderCall
from reviewapp.jobs.models import JobState

WINDOW_SECONDS = 60
CAPACITY_POLL_SECONDS = 1


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
