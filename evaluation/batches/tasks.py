"""The job of a batch. The row holds the work, a message only wakes a worker."""

from evaluation.batches.actions import steps
from evaluation.batches.models import AnswerBatch
from reviewapp.jobs.tasks import register_job

BATCHES = register_job("answer_batch", AnswerBatch, run=steps.advance)
