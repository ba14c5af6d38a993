"""Pages of coverage: the matrix with what is missing, targets, and what to curate next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets.coverage import actions
from datasets.coverage.cells import (
    SPECIAL_TAGS,
    Axis,
    Counts,
    Covered,
    Labels,
    Matrix,
    covered,
    matrix,
    missing,
)
from datasets.coverage.counting import groups_of, targets_of
from datasets.coverage.forms import EachForm, MatrixForm, TargetForm, values_of
from datasets.coverage.models import LABELS, CoverageTarget
from datasets.coverage.texts import AXES, named, reason_text, shown_value
from datasets.curation.facets import facets_of
from datasets.similarity.variety import Diversity
from datasets.versions.variety import diversity_of
from reviewapp.core.errors import InvalidInput
from reviewapp.core.spreadsheets import csv_response
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

CACHE_SECONDS = 300
MAX_NEXT = 8
MAX_SHOWN = 100


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix as the page shows it."""

    label: str
    counts: Counts
    wanted: int | None
    url: str

    @property
    def is_short(self) -> bool:
        """Whether approved examples are missing."""
        return self.wanted is not None and self.counts.approved < self.wanted


@dataclass(frozen=True)
class Short:
    """A target that is not met, with the address of its examples in the queue."""

    name: str
    found: Covered
    url: str


@require_safe
@project_view(Permission.VIEW)
def coverage(request: ProjectRequest) -> HttpResponse:
    """Show the examples by two labels, what is missing of the targets, and the diversity."""
    found = _read(request)
    row, column = found.form.axes()
    short = [*missing(found.covered)]
    context = {
        "form": found.form.shown(),
        "row": AXES[row],
        "columns": [shown_value(column, value) for value in found.matrix.columns],
        "rows": [*_rows(request, found, row, column)],
        "short": _short(request.project, short[:MAX_SHOWN]),
        "more": max(0, len(short) - MAX_SHOWN),
        "are_set": found.are_set,
        "targets": len(found.covered),
        "diversity": _diversity(request.project),
        "csv_query": urlencode(found.form.data),
        "may_lead": Permission.LEAD in request.permissions,
        "may_curate": Permission.CURATE in request.permissions,
    }
    return render(request, "datasets/coverage/coverage.html", context)


@require_safe
@project_view(Permission.VIEW)
def coverage_csv(request: ProjectRequest) -> HttpResponseBase:
    """Return the cells of the matrix as a CSV file."""
    found = _read(request)
    row, column = found.form.axes()
    rows: list[list[object]] = [[row.value, column.value, "approved", "work", "raw", "wanted"]]
    for first in found.matrix.rows:
        for second in found.matrix.columns:
            counts = found.matrix.cells.get((first, second), Counts())
            wanted = found.wanted(found.labels(row, first, column, second))
            rows.append([first, second, counts.approved, counts.work, counts.raw, wanted or ""])
    return csv_response(f"{request.project.slug}-coverage.csv", rows)


@dataclass(frozen=True)
class _Read:
    """What the page and the file show."""

    form: MatrixForm
    filters: Labels
    matrix: Matrix
    covered: Sequence[Covered]
    are_set: bool

    def labels(self, row: Axis, first: str, column: Axis, second: str) -> Labels:
        """Return the labels of a cell, those of the filter included."""
        given = {axis.value: value for axis, value in self.filters.given().items()}
        return Labels(**{**given, row.value: first, column.value: second})

    def wanted(self, labels: Labels) -> int | None:
        """Return the target of exactly these labels; None if there is none."""
        found = (entry.target.wanted for entry in self.covered if entry.target.labels == labels)
        return next(found, None)


def _read(request: ProjectRequest) -> _Read:
    values = values_of(facets_of(request.project))
    form = MatrixForm(request.GET, values=values)
    row, column = form.axes()
    filters = Labels(**{label: form.data[label] for label in LABELS})
    groups = groups_of(request.project)
    targets, are_set = targets_of(request.project)
    shown = [group for group in groups if filters.fit(group)]
    known = _known(row, column, filters, targets_values=_named(targets))
    return _Read(
        form, filters, matrix(shown, row, column, known), covered(groups, targets), are_set
    )


def _named(targets: Iterable[Any]) -> dict[Axis, set[str]]:
    named: dict[Axis, set[str]] = {}
    for target in targets:
        for axis, value in target.labels.given().items():
            named.setdefault(axis, set()).add(value)
    return named


def _known(
    row: Axis, column: Axis, filters: Labels, *, targets_values: dict[Axis, set[str]]
) -> dict[Axis, set[str]]:
    """Return the values that are shown even without examples; a filter leaves only its own."""
    known = {axis: set(targets_values.get(axis, ())) for axis in (row, column)}
    if Axis.TAG in known:
        known[Axis.TAG].update(SPECIAL_TAGS)
    return {
        axis: {filters.given()[axis]} if axis in filters.given() else values
        for axis, values in known.items()
    }


def _rows(
    request: ProjectRequest, found: _Read, row: Axis, column: Axis
) -> Iterable[tuple[Cell, list[Cell]]]:
    """Yield each row: its total and its cells."""
    for first in found.matrix.rows:
        alone = found.labels(row, first, column, getattr(found.filters, column.value))
        total = found.matrix.totals.get(first, Counts())
        name = shown_value(row, first)
        cells = []
        for second in found.matrix.columns:
            labels = found.labels(row, first, column, second)
            counts = found.matrix.cells.get((first, second), Counts())
            # The queue cannot ask for examples without a label.
            url = queue_url(request.project, labels) if first and second else ""
            label = f"{name} × {shown_value(column, second)}"
            cells.append(Cell(label, counts, found.wanted(labels), url))
        url = queue_url(request.project, alone) if first else ""
        yield Cell(name, total, found.wanted(alone), url), cells


def queue_url(project: Project, labels: Labels, *, state: str = "") -> str:
    """Return the address of the queue with the examples that have these labels."""
    query = {axis.value: value for axis, value in labels.given().items()}
    # Without a language the queue of an annotator opens with those they read.
    query.setdefault("language", "")
    if state:
        query["state"] = state
    return f"{reverse('datasets:queue', args=[project.slug])}?{urlencode(query)}"


def _short(project: Project, found: Iterable[Covered]) -> list[Short]:
    return [
        Short(named(entry.target.labels), entry, queue_url(project, entry.target.labels))
        for entry in found
    ]


def _diversity(project: Project) -> Diversity | None:
    """Return the diversity of the project, at most five minutes old."""
    key = f"diversity-{project.pk}"
    stored = cache.get(key)
    if stored is None:
        stored = (diversity_of(project),)
        cache.set(key, stored, CACHE_SECONDS)
    found: Diversity | None = stored[0]
    return found


@require_safe
@project_view(Permission.LEAD)
def targets(request: ProjectRequest) -> HttpResponse:
    """Show the targets, and forms that set them."""
    return _targets(request)


@require_POST
@project_view(Permission.LEAD)
def set_target(request: ProjectRequest) -> HttpResponse:
    """Set a target for some labels."""
    form = TargetForm(request.POST, values=values_of(facets_of(request.project)))
    save = partial(actions.set_target, project=request.project, actor=request.user)
    if form.perform(save) is None:
        return _targets(request, form=form)
    messages.success(request, gettext("Target saved."))
    return redirect("datasets:coverage_targets", slug=request.project.slug)


@require_POST
@project_view(Permission.LEAD)
def set_each(request: ProjectRequest) -> HttpResponse:
    """Set the same target for each value of a label."""
    form = EachForm(request.POST)
    values = values_of(facets_of(request.project))

    def save(label: str, wanted: int) -> bool:
        actions.set_each(
            project=request.project,
            label=label,
            values=values[Axis(label)],
            wanted=wanted,
            actor=request.user,
        )
        return True

    if form.perform(save) is None:
        return _targets(request, each_form=form)
    messages.success(request, gettext("Targets saved."))
    return redirect("datasets:coverage_targets", slug=request.project.slug)


@require_POST
@project_view(Permission.LEAD)
def remove_target(request: ProjectRequest, target_id: int) -> HttpResponse:
    """Remove a target."""
    actions.remove_target(project=request.project, target_id=target_id, actor=request.user)
    messages.success(request, gettext("Target removed."))
    return redirect("datasets:coverage_targets", slug=request.project.slug)


def _targets(
    request: ProjectRequest, *, form: TargetForm | None = None, each_form: EachForm | None = None
) -> HttpResponse:
    values = values_of(facets_of(request.project))
    stored = CoverageTarget.objects.filter(project=request.project)
    initial = {label: request.GET.get(label, "") for label in LABELS}
    context = {
        "targets": [
            (target, named(Labels(**{label: getattr(target, label) for label in LABELS})))
            for target in stored
        ],
        "form": form or TargetForm(values=values, initial=initial),
        "each_form": each_form or EachForm(),
    }
    shown = form or each_form
    status = shown.status if shown else 200
    return render(request, "datasets/coverage/targets.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.CURATE)
def curate_next(request: ProjectRequest) -> HttpResponse:
    """Show what is missing; give the member the conversation that is needed most."""
    if request.method == "POST":
        try:
            found = actions.take_next(project=request.project, actor=request.user)
        except InvalidInput as error:
            messages.info(request, str(error))
            return redirect("datasets:curate_next", slug=request.project.slug)
        messages.success(request, _explained(found))
        return redirect("datasets:example", request.project.slug, found.example.pk)
    groups = groups_of(request.project)
    targets, _are_set = targets_of(request.project)
    short = [entry for entry in missing(covered(groups, targets)) if entry.counts.raw]
    context = {
        "short": _short(request.project, short[:MAX_NEXT]),
        "raw": sum(group.n for group in groups if group.stage == "raw"),
    }
    return render(request, "datasets/coverage/curate_next.html", context)


def _explained(found: actions.Next) -> str:
    if found.covered is None:
        return gettext("Assigned to you. It is the one least like the approved examples.")
    reason = reason_text(
        found.covered.target.labels,
        approved=found.covered.counts.approved,
        wanted=found.covered.target.wanted,
    )
    return gettext("Assigned to you. %(reason)s.") % {"reason": reason}
