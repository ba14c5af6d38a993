"""Pages of a project's webhooks: settings, secret, test, deliveries."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from reviewapp.core.paging import newest_first
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission
from reviewapp.webhooks.actions import queueing
from reviewapp.webhooks.actions import settings as actions
from reviewapp.webhooks.actions.settings import NewSecret
from reviewapp.webhooks.forms import WebhookChangeForm, WebhookForm
from reviewapp.webhooks.models import Delivery, Webhook
from reviewapp.webhooks.shown import shown_delivery, shown_webhooks
from reviewapp.webhooks.tasks import DELIVERIES

MAX_DIGITS = 18
SHOWN_DELIVERIES = 20


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def webhooks(request: ProjectRequest) -> HttpResponse:
    """Show the webhooks of the project; create one, whose page then shows its secret once."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST":
        create = partial(actions.create_webhook, project=request.project, actor=request.user)
        created = form.perform(create)
        if created is not None:
            return _page(request, created.webhook, created=created)
    context = {"form": form, "rows": shown_webhooks(request.project)}
    return render(request, "reviewapp/webhooks/webhooks.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def webhook(request: ProjectRequest, webhook_id: int) -> HttpResponse:
    """Show a webhook with its last deliveries; change it."""
    found = _found(request, webhook_id)
    if request.method != "POST":
        return _page(request, found)
    form = WebhookChangeForm(request.POST)
    change = partial(actions.change_webhook, webhook_id=found.pk, actor=request.user)
    if form.perform(change) is None:
        return _page(request, found, form)
    messages.success(request, gettext("Saved."))
    return redirect("webhook", slug=request.project.slug, webhook_id=found.pk)


def _found(request: ProjectRequest, webhook_id: int) -> Webhook:
    rows = Webhook.objects.select_related("created_by")
    return get_object_or_404(rows, pk=webhook_id, project=request.project)


def _page(
    request: ProjectRequest,
    webhook: Webhook,
    form: WebhookChangeForm | None = None,
    created: NewSecret | None = None,
) -> HttpResponse:
    before = request.GET.get("before", "")
    is_id = before.isascii() and before.isdecimal() and len(before) <= MAX_DIGITS
    rows, following = newest_first(
        Delivery.objects.filter(webhook=webhook),
        before=int(before) if is_id else None,
        limit=SHOWN_DELIVERIES,
    )
    context = {
        "webhook": webhook,
        "form": form or WebhookChangeForm.of(webhook),
        "created": created,
        "deliveries": [shown_delivery(row) for row in rows],
        "next_url": following and f"?before={following}",
    }
    status = form.status if form else 200
    return render(request, "reviewapp/webhooks/webhook.html", context, status=status)


@require_POST
@project_view(Permission.LEAD)
def rotate_webhook_secret(request: ProjectRequest, webhook_id: int) -> HttpResponse:
    """Give a webhook a new secret and show it, once."""
    found = _found(request, webhook_id)
    created = actions.rotate_secret(webhook_id=found.pk, actor=request.user)
    return _page(request, created.webhook, created=created)


@require_POST
@project_view(Permission.LEAD)
def test_webhook(request: ProjectRequest, webhook_id: int) -> HttpResponse:
    """Send a test to a webhook."""
    found = _found(request, webhook_id)
    delivery = queueing.send_test(webhook_id=found.pk, actor=request.user)
    DELIVERIES.send(delivery.pk)
    messages.success(request, gettext("A test is on its way. Its state is in the list."))
    return redirect("webhook", slug=request.project.slug, webhook_id=found.pk)


@require_POST
@project_view(Permission.LEAD)
def resend_webhook(request: ProjectRequest, webhook_id: int, delivery_id: int) -> HttpResponse:
    """Send an event to a webhook again."""
    found = _found(request, webhook_id)
    delivery = get_object_or_404(Delivery, pk=delivery_id, webhook=found)
    queueing.resend(delivery=delivery, actor=request.user)
    DELIVERIES.send(delivery.pk)
    messages.success(request, gettext("The event is sent again, with the same webhook-id."))
    return redirect("webhook", slug=request.project.slug, webhook_id=found.pk)


@require_POST
@project_view(Permission.LEAD)
def delete_webhook(request: ProjectRequest, webhook_id: int) -> HttpResponse:
    """Delete a webhook."""
    found = _found(request, webhook_id)
    host = found.host
    actions.delete_webhook(webhook_id=found.pk, actor=request.user)
    messages.success(request, gettext("Deleted the webhook of %(host)s.") % {"host": host})
    return redirect("webhooks", slug=request.project.slug)
