"""Background work of the datasets app: each module is imported so that Celery finds its tasks."""

from datasets.tasks import imports

__all__ = ["imports"]
