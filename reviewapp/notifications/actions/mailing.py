"""Mail about notifications: queued when a user is notified, sent by a job with retries."""

import smtplib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from reviewapp.core import formats
from reviewapp.core.messages import message
from reviewapp.jobs.actions import backoff, claim_job, fail_job, finish_job, retry_job
from reviewapp.jobs.models import JobState
from reviewapp.notifications.models import MailJob, MailMode, MailSetting, Notification
from reviewapp.notifications.shown import shown
from reviewapp.people.models import User

AT_ONCE_AFTER: Final = timedelta(seconds=60)
"""What happens in a row goes into one mail."""
DIGEST_HOUR: Final = 6
"""The hour of the daily mail, in UTC."""
MAX_IN_MAIL: Final = 50
SALT: Final = "reviewapp.notifications.unsubscribe"


def mail_is_set_up() -> bool:
    """Return whether this installation can send mail with links to itself."""
    return bool(settings.EMAIL_HOST and settings.PUBLIC_URL)


def queue_mail(user_ids: Collection[int]) -> None:
    """Queue a mail to each of these users who wants one, unless one is waiting already."""
    if not user_ids or not mail_is_set_up():
        return
    now = timezone.now()
    wanted = MailSetting.objects.filter(user__in=user_ids).exclude(mode=MailMode.OFF)
    for user_id, mode in wanted.values_list("user_id", "mode"):
        at = now + AT_ONCE_AFTER if mode == MailMode.AT_ONCE else next_digest(now)
        MailJob.objects.bulk_create([MailJob(user_id=user_id, run_after=at)], ignore_conflicts=True)


def next_digest(now: datetime) -> datetime:
    """Return when the next daily mail is sent."""
    today = now.astimezone(UTC).replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def send_mail_of(job_id: int) -> None:
    """Send the mail of a job; safe to call twice."""
    job = claim_job(MailJob, job_id)
    if job is None:
        return
    rows = _to_mail(job.user)
    if not rows or not mail_is_set_up():
        finish_job(job)
        return
    try:
        mail_about(job.user, rows).send()
    except (smtplib.SMTPException, OSError) as error:
        _retry(job, error)
        return
    ids = [row.pk for row in rows]
    Notification.objects.filter(pk__in=ids).update(mailed_at=timezone.now())
    finish_job(job)


def _to_mail(user: User) -> list[Notification]:
    wants = MailSetting.objects.filter(user=user).exclude(mode=MailMode.OFF).exists()
    if not wants or not user.is_active:
        return []
    unsent = Notification.objects.visible_to(user).unread().filter(mailed_at=None)
    return list(unsent.select_related("project", "actor").order_by("-pk")[:MAX_IN_MAIL])


def _retry(job: MailJob, error: Exception) -> None:
    """Put the mail back; give it up after the last attempt, or where the server refuses it."""
    code = type(error).__name__
    reason = message("notifications.mail_failed", error=code)
    if job.attempts >= MailJob.MAX_ATTEMPTS or isinstance(error, smtplib.SMTPRecipientsRefused):
        fail_job(job, code, reason)
    elif MailJob.objects.filter(user=job.user, state=JobState.WAITING).exists():
        # The mail that waits takes these notifications along.
        fail_job(job, code, reason)
    else:
        retry_job(job, code, reason, after=timezone.now() + backoff(job.attempts))


def mail_about(user: User, rows: Sequence[Notification]) -> EmailMessage:
    """Return the mail to a user, as plain text in their language."""
    with translation.override(user.language or settings.LANGUAGE_CODE):
        unsubscribe = absolute_url(reverse("unsubscribe", args=[unsubscribe_token(user)]))
        body = _body(user, rows, unsubscribe)
        subject = shown(rows[0]).text if len(rows) == 1 else _subject(len(rows))
    headers = {
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    one_line = " ".join(f"[Touchstone] {subject}".split())
    return EmailMessage(one_line, body, to=[user.email], headers=headers)


def _body(user: User, rows: Sequence[Notification], unsubscribe: str) -> str:
    parts = [gettext("Hello %(user)s,") % {"user": user}]
    parts += [f"{row.text} ({row.project})\n{absolute_url(row.url)}" for row in map(shown, rows)]
    inbox = absolute_url(reverse("notifications"))
    all_of_them = gettext("All notifications, and how often you get mail:")
    stop = gettext("Stop this mail with one click:")
    return "\n\n".join([*parts, f"{all_of_them}\n{inbox}", f"{stop}\n{unsubscribe}", ""])


def _subject(count: int) -> str:
    text = ngettext("%(n)s new notification", "%(n)s new notifications", count)
    return text % {"n": formats.count(count)}


def absolute_url(path: str) -> str:
    """Return the public address of a path of this installation."""
    origin: str = settings.PUBLIC_URL
    return f"{origin}{path}"


def unsubscribe_token(user: User) -> str:
    """Return the signed text in the link that ends mail to a user."""
    return signing.dumps(user.pk, salt=SALT)


def user_to_unsubscribe(token: str) -> User | None:
    """Return whose mail a link ends; None for an invalid one."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk).first()


def set_mail_mode(*, user: User, mode: str) -> MailSetting:
    """Store how a user wants mail; what waits follows the new choice."""
    setting, _ = MailSetting.objects.update_or_create(user=user, defaults={"mode": mode})
    MailJob.objects.filter(user=user, state=JobState.WAITING).delete()
    if _to_mail(user):
        queue_mail([user.pk])
    return setting
