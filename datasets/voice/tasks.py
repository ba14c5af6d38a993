"""The job that inspects all examples by the house voice."""

from datasets.voice.actions import run_inspection
from datasets.voice.models import VoiceInspection
from reviewapp.jobs.tasks import register_job

INLINE_LIMIT = 200
VOICE_INSPECTIONS = register_job("voice_inspection", VoiceInspection, run=run_inspection)


def start(inspection: VoiceInspection | None) -> None:
    """Inspect few examples at once, within the request, and more by a worker."""
    if inspection is None:
        return
    if inspection.total <= INLINE_LIMIT:
        run_inspection(inspection.pk)
    else:
        VOICE_INSPECTIONS.send(inspection.pk)
