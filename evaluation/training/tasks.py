"""The jobs of trainings and of schedules. A row holds the work, a message only wakes a worker."""

from evaluation.training.actions import steps
from evaluation.training.local import process
from evaluation.training.local.models import LocalJob
from evaluation.training.local.workers import due_jobs
from evaluation.training.models import TrainingRun
from evaluation.training.preflights import actions as preflights
from evaluation.training.preflights.models import PreflightJob
from evaluation.training.schedules.actions import dates
from evaluation.training.schedules.models import ScheduledTraining
from reviewapp.jobs.tasks import register_job

TRAININGS = register_job("training", TrainingRun, run=steps.advance)
SCHEDULED = register_job(
    "scheduled_training", ScheduledTraining, run=dates.carry_out, to_send=dates.dates_to_send
)
register_job(preflights.KIND, PreflightJob, run=preflights.carry_out)
# In a queue of its own: a worker on a machine with the trainer supervises one at a time.
register_job(
    process.KIND, LocalJob, run=process.supervise_soon, to_send=due_jobs, queue=process.QUEUE
)
