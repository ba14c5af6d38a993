"""The audit trail as a page and as a file, for leads."""

import json
from itertools import chain
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from reviewapp.audit import trail
from reviewapp.core.audit.registry import registered_sources
from reviewapp.core.spreadsheets import csv_response
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission

PAGE_SIZE = 50
COLUMNS = [
    *("at", "actor", "kind", "subject", "action", "before", "after", "reason", "detail"),
    "subject_id",
]


def _kinds() -> list[tuple[str, str | Promise]]:
    kinds = [(source.kind, source.label) for source in registered_sources()]
    return [("", _("Everything")), *kinds]


class AuditFilterForm(forms.Form):
    """The filters of the audit trail, from the query of the page's address."""

    kind = forms.ChoiceField(label=_("Subject"), required=False, choices=_kinds)
    action = forms.CharField(label=_("Action"), required=False, max_length=80)
    actor = forms.CharField(label=_("Who (name, email or system)"), required=False, max_length=254)
    since = forms.DateField(
        # Translators: the first day of a period.
        label=pgettext_lazy("first day", "From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        # Translators: the last day of a period.
        label=pgettext_lazy("last day", "To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean(self) -> dict[str, Any]:
        """Check that the first day is not after the last."""
        cleaned = self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", gettext("This is before the first day. Swap the two."))
        return cleaned

    def filters(self, *, reader: User) -> trail.Filters:
        """Return the filters of a valid form."""
        return trail.Filters(reader=reader, **self.cleaned_data)


@require_safe
@project_view(Permission.LEAD)
def audit(request: ProjectRequest) -> HttpResponse:
    """Show the events of the project, newest first, with their actors and reasons."""
    form = AuditFilterForm(request.GET)
    after = trail.parse_cursor(request.GET.get("after", ""))
    entries = []
    if form.is_valid():
        filters = form.filters(reader=request.user)
        entries = trail.page(request.project, filters, after=after, size=PAGE_SIZE + 1)
    query = request.GET.copy()
    query.pop("after", None)
    file_query = query.urlencode()
    if len(entries) > PAGE_SIZE:
        query["after"] = entries[PAGE_SIZE - 1].cursor
    context = {
        "form": form,
        "entries": entries[:PAGE_SIZE],
        "next_url": f"?{query.urlencode()}" if len(entries) > PAGE_SIZE else "",
        "first_url": f"?{file_query}" if after else "",
        "file_query": file_query,
        "hides_events": trail.hides_events(request.user, request.project),
    }
    return render(request, "reviewapp/audit/audit.html", context)


def _cells(entry: trail.Entry) -> list[str]:
    event = entry.event
    # Programs read the file, so it is in one language for everyone.
    with translation.override(settings.LANGUAGE_CODE):
        reason = event.reason or entry.reason
    detail = json.dumps(event.detail, ensure_ascii=False) if event.detail else ""
    subject_id = getattr(event, f"{entry.source.subject}_id")
    return [
        event.at.isoformat(),
        event.actor.email if event.actor else trail.SYSTEM,
        *(entry.kind, entry.subject, event.action, event.before, event.after, reason, detail),
        "" if subject_id is None else str(subject_id),
    ]


@require_safe
@project_view(Permission.LEAD)
def audit_file(request: ProjectRequest) -> HttpResponseBase:
    """Stream the filtered trail as CSV; the page reports an invalid filter."""
    form = AuditFilterForm(request.GET)
    if not form.is_valid():
        address = reverse("audit", args=[request.project.slug])
        return redirect(f"{address}?{request.GET.urlencode()}")
    filters = form.filters(reader=request.user)
    entries = trail.all_entries(request.project, filters)
    rows = chain([COLUMNS], map(_cells, entries))
    return csv_response(f"audit-{request.project.slug}.csv", rows)
