"""The Celery app: how tasks are sent and run. CELERY_BEAT_SCHEDULE lists the periodic ones."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from celery import Celery
from celery.contrib.django.task import DjangoTask
from django.db import transaction
from kombu.exceptions import OperationalError

from reviewapp import env

logger = logging.getLogger(__name__)

BROKER_BACKOFF_SECONDS = 30.0
"""How long a process does not try again to send after the broker did not answer."""


class ResilientTask(DjangoTask):
    """A task whose message may fail to be sent without losing what was saved.

    The row that describes the work is committed by then, and the beat finds it.
    """

    _backoff_until = 0.0

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        """Send a message after the transaction is committed, if the broker answers."""
        transaction.on_commit(partial(self._send, args, kwargs), robust=True)

    def send_on_commit(self, args: tuple[Any, ...], **options: Any) -> None:
        """Do the same with options of Celery, such as `queue`."""
        transaction.on_commit(partial(self._send, args, {}, **options), robust=True)

    def _send(self, *args: Any, **kwargs: Any) -> None:
        if time.monotonic() < ResilientTask._backoff_until:
            return
        try:
            self.apply_async(*args, **kwargs)
        except (OperationalError, OSError) as error:
            ResilientTask._backoff_until = time.monotonic() + BROKER_BACKOFF_SECONDS
            logger.warning("The broker does not answer; the beat will send later: %s", error)


def _packages_with_tasks() -> Iterator[str]:
    """Yield the feature packages that have a `tasks.py`."""
    for app_name in ("reviewapp", "datasets", "evaluation"):
        for path in sorted((env.ROOT / app_name).glob("*/tasks.py")):
            yield f"{app_name}.{path.parent.name}"


env.set_default("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
# Django's checks load every page, which a worker never shows; `manage.py check` runs them.
env.set_default("CELERY_SKIP_CHECKS", "1")

app = Celery("touchstone", task_cls=ResilientTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(lambda: [*_packages_with_tasks()])
# Whatever else is imported, messages are sent by this app.
app.set_default()
