"""The jobs of trainings and of schedules. A row holds the work, a message only wakes a worker."""

from evaluation.training.actions import steps
from evaluation.training.models import TrainingRun
from evaluation.training.schedules.actions import dates
from evaluation.training.schedules.models import ScheduledTraining
from reviewapp.jobs.tasks import register_job

TRAININGS = register_job("training", TrainingRun, run=steps.advance)
SCHEDULED = register_job(
    "scheduled_training", ScheduledTraining, run=dates.carry_out, to_send=dates.dates_to_send
)
