"""Pages of duplicates: the clusters of a project, and two examples side by side."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from datasets.conversations.comparison import label_changes, message_changes
from datasets.curation.actions import content_of
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.curation.views.lookup import example_or_404, query_number, revision_or_404
from datasets.duplicates import actions
from datasets.duplicates.forms import RetireDuplicatesForm
from datasets.duplicates.pairs import clusters_of, open_pairs, readable, unsigned_in
from datasets.duplicates.texts import KINDS
from datasets.similarity.models import SimilarPair
from datasets.similarity.signatures import Kind
from reviewapp.core import formats
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

CLUSTERS_SHOWN = 20
MEMBERS_SHOWN = 50


@dataclass(frozen=True)
class Cluster:
    """Examples that are alike, by id, and of each the pair in which it is most alike another."""

    members: list[tuple[GoldenExample, SimilarPair]]
    more: int
    default_reason: str

    @property
    def total(self) -> int:
        """The number of its examples."""
        return len(self.members) + self.more

    @property
    def kept(self) -> int:
        """The id of the example to propose: an approved one, or else the oldest."""
        approved = (example for example, _ in self.members if example.state == State.APPROVED)
        return next(approved, self.members[0][0]).pk


@dataclass(frozen=True)
class KindTab:
    """A tab of the list with the number of clusters of its kind."""

    label: str | Promise
    url: str
    is_current: bool
    count: int


@require_safe
@project_view(Permission.VIEW)
def duplicates(request: ProjectRequest) -> HttpResponse:
    """Show the clusters of a kind, the largest first."""
    return _page(request, RetireDuplicatesForm())


def _page(request: ProjectRequest, form: RetireDuplicatesForm) -> HttpResponse:
    kind = Kind.TWO_ANSWERS if request.GET.get("kind") == Kind.TWO_ANSWERS else Kind.NEAR
    at = query_number(request.GET, "page") or 1
    address = resolve_url("datasets:duplicates", request.project.slug)
    groups = {own: clusters_of(request.project, own, request.user) for own in Kind}
    begin = (at - 1) * CLUSTERS_SHOWN
    shown = groups[kind][begin : begin + CLUSTERS_SHOWN]
    has_more = len(groups[kind]) > begin + CLUSTERS_SHOWN
    context = {
        "clusters": [_cluster(request, kind, members) for members in shown],
        "kind": kind,
        "form": form,
        "tabs": [
            KindTab(KINDS[own], f"{address}?kind={own}", own == kind, len(groups[own]))
            for own in Kind
        ],
        "unsigned": unsigned_in(request.project),
        "may_curate": Permission.CURATE in request.permissions,
        "previous_url": f"{address}?kind={kind}&page={at - 1}" if at > 1 else "",
        "next_url": f"{address}?kind={kind}&page={at + 1}" if has_more else "",
    }
    status = form.status
    return render(request, "datasets/duplicates/duplicates.html", context, status=status)


def _cluster(request: ProjectRequest, kind: Kind, members: list[int]) -> Cluster:
    pairs = open_pairs(request.project).filter(kind=kind, first__in=members, second__in=members)
    closest: dict[int, list[SimilarPair]] = defaultdict(list)
    for pair in pairs:
        closest[pair.first_id].append(pair)
        closest[pair.second_id].append(pair)
    shown = readable(request.project, request.user, members[:MEMBERS_SHOWN])
    rows = [
        (example, max(closest[example.pk], key=lambda pair: (pair.question, pair.answer or 0)))
        for example in shown.select_related("intent").order_by("pk")
        if closest[example.pk]
    ]
    return Cluster(
        rows,
        len(members) - len(rows),
        gettext("Duplicate of another example that was kept."),
    )


@require_POST
@project_view(Permission.CURATE)
def retire_duplicates(request: ProjectRequest) -> HttpResponse:
    """Retire the chosen examples of a cluster but the one that is kept."""
    ids = [int(value) for value in request.POST.getlist("others") if value.isdecimal()]
    members = [*readable(request.project, request.user, ids).values_list("pk", flat=True)]
    form = RetireDuplicatesForm(request.POST, members=members)

    def perform(**fields: Any) -> int:
        return actions.retire_duplicates(project=request.project, actor=request.user, **fields)

    retired = form.perform(perform)
    if retired is None:
        return _page(request, form)
    sentence = ngettext(
        "%(number)s example is retired. Frozen dataset versions keep it.",
        "%(number)s examples are retired. Frozen dataset versions keep them.",
        retired,
    )
    messages.success(request, sentence % {"number": formats.count(retired)})
    return redirect("datasets:duplicates", request.project.slug)


@require_safe
@project_view(Permission.VIEW)
def pair(request: ProjectRequest, first: int, second: int) -> HttpResponse:
    """Show two examples word by word, with what can be done about the pair."""
    found = _pair_or_404(request, first, second)
    examples = [example_or_404(request, pk) for pk in (found.first_id, found.second_id)]
    revisions = [revision_or_404(example, example.latest_number) for example in examples]
    before, after = (content_of(revision) for revision in revisions)
    context = {
        "pair": found,
        "examples": examples,
        "is_near": found.kind == Kind.NEAR,
        "messages_changed": message_changes(before.messages, after.messages),
        "labels_changed": label_changes(before, after),
        "may_decide": bool(request.permissions & {Permission.CURATE, Permission.REVIEW}),
        "may_curate": Permission.CURATE in request.permissions,
        "retirable": [example for example in examples if example.state != State.RETIRED],
        "default_reasons": [
            gettext("Duplicate of example %(number)s.") % {"number": example.pk}
            for example in reversed(examples)
        ],
    }
    return render(request, "datasets/duplicates/pair.html", context)


@require_POST
@project_view(Permission.VIEW)
def dismiss(request: ProjectRequest, first: int, second: int) -> HttpResponse:
    """Record that two examples are no duplicates."""
    found = _pair_or_404(request, first, second)
    actions.dismiss_pair(pair=found, actor=request.user)
    messages.success(request, gettext("They are no longer listed as duplicates."))
    return redirect(
        "datasets:duplicate_pair", request.project.slug, found.first_id, found.second_id
    )


@require_POST
@project_view(Permission.VIEW)
def restore(request: ProjectRequest, first: int, second: int) -> HttpResponse:
    """Take back that two examples are no duplicates."""
    found = _pair_or_404(request, first, second)
    actions.restore_pair(pair=found, actor=request.user)
    messages.success(request, gettext("They are listed as duplicates again."))
    return redirect(
        "datasets:duplicate_pair", request.project.slug, found.first_id, found.second_id
    )


def _pair_or_404(request: ProjectRequest, first: int, second: int) -> SimilarPair:
    pairs = SimilarPair.objects.select_related("dismissed_by").filter(project=request.project)
    return get_object_or_404(pairs, first=min(first, second), second=max(first, second))
