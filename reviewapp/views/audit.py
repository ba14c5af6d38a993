"""The audit trail as a page and as a file, for leads."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from datasets.http import ProjectRequest, project_view
from datasets.permissions import Power
from reviewapp import audit as trail

PAGE_SIZE = 50
COLUMNS = ["at", "actor", "kind", "subject", "action", "before", "after", "reason", "detail"]


class AuditFilterForm(forms.Form):
    """What of the trail to show; lives in the page's address."""

    kind = forms.ChoiceField(
        label="Of", required=False, choices=[("", "Everything"), *((k, k) for k in trail.SOURCES)]
    )
    action = forms.CharField(label="Action", required=False, max_length=40)
    actor = forms.CharField(label="Who (e-mail or name)", required=False, max_length=254)
    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def filters(self) -> trail.Filters:
        """Return what was asked for; a field that makes no sense asks for everything."""
        self.is_valid()
        asked = self.cleaned_data
        return trail.Filters(
            kind=asked.get("kind", ""),
            action=asked.get("action", ""),
            actor=asked.get("actor", ""),
            since=asked.get("since"),
            until=asked.get("until"),
        )


@require_safe
@project_view(Power.LEAD)
def audit(request: ProjectRequest) -> HttpResponse:
    """Show who changed what, when and why, newest first."""
    form = AuditFilterForm(request.GET)
    after = trail.parse_cursor(request.GET.get("after", ""))
    found = trail.page(request.project, form.filters(), after=after, size=PAGE_SIZE + 1)
    query = request.GET.copy()
    query.pop("after", None)
    file_query = query.urlencode()
    if len(found) > PAGE_SIZE:
        query["after"] = found[PAGE_SIZE - 1].cursor
    context = {
        "form": form,
        "entries": found[:PAGE_SIZE],
        "next_url": f"?{query.urlencode()}" if len(found) > PAGE_SIZE else "",
        "first_url": f"?{file_query}" if after else "",
        "file_query": file_query,
    }
    return render(request, "shell/audit.html", context)


class _Echo:
    """A file that hands back each line it is given, so that rows can be streamed."""

    def write(self, line: str) -> str:
        return line


def _cells(entry: trail.Entry) -> list[str]:
    event = entry.event
    detail = json.dumps(event.detail, ensure_ascii=False) if event.detail else ""
    cells = [
        event.at.isoformat(),
        event.actor.email if event.actor else "system",
        *(entry.kind, entry.subject, event.action, event.before, event.after, event.reason, detail),
    ]
    # A cell that begins like a formula would be run by a spreadsheet.
    return [f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell for cell in cells]


@require_safe
@project_view(Power.LEAD)
def audit_file(request: ProjectRequest) -> StreamingHttpResponse:
    """Stream the filtered trail as CSV."""
    filters = AuditFilterForm(request.GET).filters()
    writer: Any = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield writer.writerow(COLUMNS)
        for entry in trail.everything(request.project, filters):
            yield writer.writerow(_cells(entry))

    name = f"audit-{request.project.slug}.csv"
    return StreamingHttpResponse(
        lines(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
