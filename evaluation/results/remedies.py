"""The links that a run's page offers for what helps next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.gates import NextStep, Remedy
from evaluation.results.example_filter import Outcome, RunExampleFilter
from evaluation.runs.lifecycle import RunAction
from evaluation.runs.models import EvaluationRun

_LABELS = {
    Remedy.PROMOTE: _("Promote"),
    Remedy.LARGER_SET: _("Compare on a larger set"),
    Remedy.MERGE_INTENTS: _("Merge or only watch intents in a new run"),
    Remedy.SEE_RATERS: _("Look at the reviewers"),
    Remedy.ADD_REVIEWERS: _("Add reviewers"),
    Remedy.SEE_ANSWERS: _("Look at the answers"),
    Remedy.SEE_SKIPPED: _("Look at what was reported as broken"),
    Remedy.SEE_LOSSES: _("See the lost examples"),
    Remedy.CLOSE: _("Close the run"),
}
_LINKED_INTENTS = 5


class RemedyLink(NamedTuple):
    """A button of the page: a link, or with `act` a form that performs this action.

    `confirm` is the question before the action; empty to ask none.
    """

    label: str
    url: str
    is_primary: bool = False
    act: str = ""
    confirm: str = ""


def remedy_links(
    run: EvaluationRun,
    step: NextStep,
    *,
    in_production: bool = False,
    overlap_percent: int | None = None,
) -> list[RemedyLink]:
    """Return the buttons for what helps, in the order of the step.

    Args:
        run: of the page.
        step: of its report.
        in_production: whether the candidate serves already, so that no promotion is offered.
        overlap_percent: of a new run; None for that of this run.
    """
    remedies = [
        remedy for remedy in step.remedies if not (in_production and remedy is Remedy.PROMOTE)
    ]
    return [link for remedy in remedies for link in _links(run, step, remedy, overlap_percent)]


def _links(
    run: EvaluationRun, step: NextStep, remedy: Remedy, overlap_percent: int | None
) -> Iterator[RemedyLink]:
    slug = run.project.slug
    page = reverse("evaluation:run", args=[slug, run.pk])
    examples = reverse("evaluation:run_examples", args=[slug, run.pk])
    label = str(_LABELS[remedy])
    parts = {
        Remedy.SEE_RATERS: "?show=raters#evidence",
        Remedy.ADD_REVIEWERS: "?show=raters#add-raters",
        Remedy.SEE_ANSWERS: "?show=how#evidence",
    }
    match remedy:
        case Remedy.PROMOTE:
            yield RemedyLink(
                label, reverse("evaluation:promote", args=[slug, run.pk]), is_primary=True
            )
        case Remedy.MERGE_INTENTS if run.has_answers:
            # The same answers, whose models may have no address.
            yield RemedyLink(label, reverse("evaluation:copy_run", args=[slug, run.pk]), act="copy")
        case Remedy.LARGER_SET | Remedy.MERGE_INTENTS:
            is_merging = remedy is Remedy.MERGE_INTENTS
            yield RemedyLink(label, new_run_address(run, overlap_percent, is_merging=is_merging))
        case Remedy.SEE_RATERS | Remedy.ADD_REVIEWERS | Remedy.SEE_ANSWERS:
            yield RemedyLink(label, f"{page}{parts[remedy]}")
        case Remedy.SEE_SKIPPED:
            wanted = RunExampleFilter(verdict=Outcome.SET_ASIDE)
            yield RemedyLink(label, f"{examples}?{wanted.query}")
        case Remedy.CLOSE:
            yield _closing(run, label)
        case Remedy.SEE_LOSSES:
            yield from _losses(examples, step, label)


def _closing(run: EvaluationRun, label: str) -> RemedyLink:
    question = gettext("Close this run? No one can vote in it any more, and it cannot be reopened.")
    act = reverse("evaluation:run_act", args=[run.project.slug, run.pk])
    return RemedyLink(label, act, act=RunAction.CLOSE.value, confirm=question)


def _losses(examples: str, step: NextStep, label: str) -> Iterator[RemedyLink]:
    if not step.intents:
        yield RemedyLink(label, f"{examples}?{RunExampleFilter(verdict=Outcome.BASELINE).query}")
    for intent in step.intents[:_LINKED_INTENTS]:
        wanted = RunExampleFilter(intent=intent, verdict=Outcome.BASELINE)
        text = gettext("See the lost examples of %(intent)s") % {"intent": intent}
        yield RemedyLink(text, f"{examples}?{wanted.query}")


def new_run_address(
    run: EvaluationRun, overlap_percent: int | None = None, *, is_merging: bool = False
) -> str:
    """Return the address of a new run of the same models on the terms of this one.

    It has the same prompts to merge intents. Models without an address cannot answer, so their
    next answers are uploaded too.
    """
    chosen: dict[str, object] = {"like": run.pk}
    if overlap_percent is not None:
        chosen["overlap_percent"] = overlap_percent
    slug = run.project.slug
    if run.candidate.endpoint_id is None or run.baseline.endpoint_id is None:
        names = {"baseline": run.baseline.name, "candidate": run.candidate.name}
        upload = reverse("evaluation:upload_answers", args=[slug])
        return f"{upload}?{urlencode(names | chosen)}"
    chosen |= {"candidate_id": run.candidate_id, "baseline_id": run.baseline_id}
    if is_merging and run.dataset_version_id:
        chosen["prompts"] = f"{run.dataset_version_id}:{run.split}"
    return f"{reverse('evaluation:new_run', args=[slug])}?{urlencode(chosen)}"
