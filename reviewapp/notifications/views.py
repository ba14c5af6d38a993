"""The inbox of the signed-in user, their choice of mail, and the link that ends it."""

from functools import partial

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviewapp.core.forms import ActionForm
from reviewapp.core.paging import newest_first
from reviewapp.notifications.actions.inbox import mark_read
from reviewapp.notifications.actions.mailing import (
    mail_is_set_up,
    set_mail_mode,
    user_to_unsubscribe,
)
from reviewapp.notifications.models import MailMode, MailSetting, Notification
from reviewapp.notifications.shown import shown
from reviewapp.people.http import signed_in_user

MAX_DIGITS = 18


class MailForm(ActionForm):
    """The argument of `set_mail_mode`."""

    mode = forms.ChoiceField(
        label=_("Mail about notifications"), choices=MailMode.choices, widget=forms.RadioSelect
    )


@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """Show the user's notifications, newest first."""
    return _inbox(request)


def _inbox(request: HttpRequest, form: MailForm | None = None) -> HttpResponse:
    user = signed_in_user(request)
    before = request.GET.get("before", "")
    is_id = before.isascii() and before.isdecimal() and len(before) <= MAX_DIGITS
    visible = Notification.objects.visible_to(user).select_related("project", "actor")
    rows, following = newest_first(visible, before=int(before) if is_id else None)
    setting = MailSetting.objects.filter(user=user).first()
    mode = setting.mode if setting else MailMode.OFF
    context = {
        "rows": [shown(row) for row in rows],
        "next_url": following and f"?before={following}",
        "form": form or MailForm(initial={"mode": mode}),
        "has_mail": mail_is_set_up(),
    }
    status = form.status if form else 200
    return render(request, "reviewapp/notifications/notifications.html", context, status=status)


@require_POST
def open_notification(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Mark a notification as read and go to what it is about."""
    user = signed_in_user(request)
    visible = Notification.objects.visible_to(user).select_related("project", "actor")
    row = get_object_or_404(visible, pk=notification_id)
    mark_read(user=user, notification_id=row.pk)
    url = shown(row).url
    is_own = url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return redirect(url if url and is_own else "notifications")


@require_POST
def read_notifications(request: HttpRequest) -> HttpResponse:
    """Mark all notifications as read."""
    mark_read(user=signed_in_user(request))
    return redirect("notifications")


@require_POST
def choose_mail(request: HttpRequest) -> HttpResponse:
    """Store how the user wants mail."""
    form = MailForm(request.POST)
    user = signed_in_user(request)
    if form.perform(partial(set_mail_mode, user=user)) is None:
        return _inbox(request, form)
    messages.success(request, gettext("Saved."))
    return redirect("notifications")


# A mail program sends the POST of RFC 8058 without a session; the link is signed.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether to end mail to the user of this link; on POST end it."""
    user = user_to_unsubscribe(token)
    if user is None:
        raise Http404("No such link.")
    if request.method == "POST":
        set_mail_mode(user=user, mode=MailMode.OFF)
    context = {"email": user.email, "is_done": request.method == "POST"}
    return render(request, "reviewapp/notifications/unsubscribe.html", context)
