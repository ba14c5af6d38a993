"""Erasure and retention of what models answered to archetype prompts."""

from datetime import datetime, timedelta

from django.utils import timezone

from evaluation.shadow.models import Archetype, ShadowAnswer
from reviewapp.jobs.actions import cancel_waiting_jobs
from reviewapp.people.models import Project


def erase_answers_of(example_id: int, _reason: str, _actor_id: int | None) -> None:
    """Erase every answer to the prompt of an example, and take it out of the set.

    An answer may repeat what the customer wrote. Ratings stay: they quote nothing.
    """
    Archetype.objects.filter(example=example_id).delete()
    answers = ShadowAnswer.objects.filter(revision__example=example_id, erased_at=None)
    cancel_waiting_jobs(answers)
    answers.update(text="", signals=[], request_id="", error=None, erased_at=timezone.now())


def delete_provider_data(project: Project, now: datetime) -> dict[str, int]:
    """Delete the services' ids of answers that are older than the project's limit."""
    if project.keep_provider_data_days is None:
        return {}
    before = now - timedelta(days=project.keep_provider_data_days)
    found = ShadowAnswer.objects.filter(
        shadow_check__project=project, finished_at__lt=before
    ).exclude(request_id="")
    return {"shadow_answers": found.update(request_id="")}
