"""Background work of the evaluation app: each module is imported so that Celery finds its tasks."""

from evaluation.tasks import answers, gates, trials

__all__ = ["answers", "gates", "trials"]
