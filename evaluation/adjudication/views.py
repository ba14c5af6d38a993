"""The queue of a run's disputed comparisons, and the outcome of one of them, for leads."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation.adjudication.actions import adjudicate, return_to_curation
from evaluation.adjudication.curation import returnable
from evaluation.adjudication.forms import AdjudicationForm, CurationForm
from evaluation.adjudication.permissions import require_adjudicator
from evaluation.adjudication.queue import QueueItem, adjudication_queue, earlier_outcomes
from evaluation.adjudication.sides import DrawnSides, draw_sides
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.voting.blinding import other
from evaluation.voting.rendering import RenderedAnswers, render_answers, render_prompt
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

_LISTED = 50


def _run_of(request: ProjectRequest, run_id: int) -> EvaluationRun:
    runs = EvaluationRun.objects.select_related("project")
    run = get_object_or_404(runs, pk=run_id, project=request.project)
    require_adjudicator(request.user, run)
    return run


@require_safe
@never_cache
@project_view(Permission.LEAD)
def queue(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show the most disputed comparison without an outcome, and the others in order."""
    run = _run_of(request, run_id)
    items = adjudication_queue(run)
    first = items[0] if items and not items[0].is_decided else None
    return _page(request, run, items, first, AdjudicationForm())


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@project_view(Permission.LEAD)
def outcome(request: ProjectRequest, run_id: int, position: int) -> HttpResponse:
    """Show one disputed comparison and store its outcome; an earlier outcome keeps its row."""
    run = _run_of(request, run_id)
    items = adjudication_queue(run)
    chosen = next((item for item in items if item.position == position), None)
    if chosen is None:
        raise Http404("No such disputed comparison.")
    form = AdjudicationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        store = partial(_store, comparison_id=chosen.comparison_id, request=request)
        if form.perform(store):
            messages.success(request, gettext("Stored beside the votes. No figure changes by it."))
            return redirect("evaluation:adjudication", request.project.slug, run.pk)
    return _page(request, run, items, chosen, form)


@require_POST
@never_cache
@project_view(Permission.LEAD)
def curate(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Return the examples that reviewers disagreed about to curation."""
    run = _run_of(request, run_id)
    form = CurationForm(request.POST)
    returned = form.perform(partial(return_to_curation, run_id=run.pk, actor=request.user))
    if returned is None:
        items = adjudication_queue(run)
        return _page(request, run, items, None, AdjudicationForm(), curation=form)
    done = ngettext(
        "%(n)s example is in curation again, with a thread.",
        "%(n)s examples are in curation again, each with a thread.",
        returned,
    )
    messages.success(request, done % {"n": returned})
    return redirect("evaluation:adjudication", request.project.slug, run.pk)


def _store(
    *, comparison_id: int, request: ProjectRequest, token: str, choice: str, note: str
) -> bool:
    adjudicate(
        comparison_id=comparison_id, actor=request.user, token=token, choice=choice, note=note
    )
    return True


def _page(
    request: ProjectRequest,
    run: EvaluationRun,
    items: list[QueueItem],
    shown: QueueItem | None,
    form: AdjudicationForm,
    *,
    curation: CurationForm | None = None,
) -> HttpResponse:
    context = {
        "returnable": len(returnable(run)),
        "curation": curation or CurationForm(),
        "run": run,
        "items": items[:_LISTED],
        "more": max(0, len(items) - _LISTED),
        "total": len(items),
        "done": sum(item.is_decided for item in items),
        "shown": shown,
        "form": form,
    }
    if shown is not None:
        comparison = Comparison.objects.get(pk=shown.comparison_id)
        drawn = draw_sides(
            comparison_id=comparison.pk,
            actor_id=request.user.pk,
            earlier=earlier_outcomes(comparison.pk),
        )
        form.show_with(drawn.token)
        context |= {
            "prompt": render_prompt(comparison.prompt),
            "texts": _texts(comparison, run, drawn),
        }
    status = curation.status if curation else form.status
    return render(request, "evaluation/adjudication/queue.html", context, status=status)


def _texts(comparison: Comparison, run: EvaluationRun, drawn: DrawnSides) -> RenderedAnswers:
    """Return both answers on the drawn sides."""
    texts = dict(comparison.answers.values_list("model_version_id", "text"))
    models = {"candidate": run.candidate_id, "baseline": run.baseline_id}
    sides = (drawn.left, other(drawn.left))
    return render_answers(*(texts.get(models[side], "") for side in sides))
