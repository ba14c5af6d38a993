"""The job of a training. The row holds the work, a message only wakes a worker."""

from evaluation.training.actions import steps
from evaluation.training.models import TrainingRun
from reviewapp.jobs.tasks import register_job

TRAININGS = register_job("training", TrainingRun, run=steps.advance)
