"""The job of a mail, and the hourly checks of features."""

import logging
from collections.abc import Callable
from typing import Final

from reviewapp.celery import app
from reviewapp.jobs.tasks import register_job
from reviewapp.notifications.actions.inbox import delete_old
from reviewapp.notifications.actions.mailing import send_mail_of
from reviewapp.notifications.models import MailJob

logger = logging.getLogger(__name__)

MAILS = register_job("notification-mail", MailJob, run=send_mail_of)
_CHECKS: Final[list[Callable[[], object]]] = [delete_old]


def check_hourly(check: Callable[[], object]) -> None:
    """Call this every hour; it notifies of what is due. Registering it twice is harmless."""
    if check not in _CHECKS:
        _CHECKS.append(check)


@app.task(name="notifications.check")  # type: ignore[untyped-decorator]
def run_checks() -> None:
    """Run the hourly checks; one that fails does not stop the others."""
    for check in _CHECKS:
        try:
            check()
        except Exception:
            logger.exception("A check of notifications failed")
