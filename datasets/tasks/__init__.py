"""Background work of the datasets app: each module is imported so that Celery finds its tasks."""

from datasets.tasks import imports, tidying

__all__ = ["imports", "tidying"]
