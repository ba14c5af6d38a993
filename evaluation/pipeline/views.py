"""The pages of the pipeline: the candidates of a project, and one with its steps and gates."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from evaluation.pipeline.candidates import Candidate, CandidateKind, candidates_of, find_candidate
from evaluation.pipeline.display import Addresses, NextRow, next_row, page_of, step_rows
from evaluation.pipeline.judging import judge_pipeline
from evaluation.pipeline.next_action import next_action
from evaluation.pipeline.reading import read_facts, read_light_facts
from evaluation.pipeline.texts import STEPS
from evaluation.registry.models import ModelVersion
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@dataclass(frozen=True)
class CandidateRow:
    """A candidate of the list: the step that it has reached, and what is next."""

    candidate: Candidate
    url: str
    step: str | Promise
    next: NextRow


@require_safe
@project_view(Permission.LEAD)
def pipeline(request: ProjectRequest) -> HttpResponse:
    """List the candidates of the project with the step that each has reached."""
    found = candidates_of(request.project)
    rows = [
        CandidateRow(
            candidate,
            page_of(candidate),
            STEPS[(action := next_action(facts)).step],
            next_row(action, Addresses(candidate, facts)),
        )
        for candidate, facts in zip(found, read_light_facts(found, request.user), strict=True)
    ]
    return render(request, "evaluation/pipeline/pipeline.html", {"rows": rows})


@require_safe
@project_view(Permission.LEAD)
def model_pipeline(request: ProjectRequest, model_id: int) -> HttpResponse:
    """Show the steps and gates of a model."""
    return _candidate(request, CandidateKind.MODEL, model_id)


@require_safe
@project_view(Permission.LEAD)
def training_pipeline(request: ProjectRequest, training_id: int) -> HttpResponse:
    """Show the steps and gates of a training; once it has made a final model, those of that."""
    final = ModelVersion.objects.filter(
        project=request.project, checkpoint__training=training_id, checkpoint__is_final=True
    ).first()
    if final is not None:
        return redirect("evaluation:model_pipeline", request.project.slug, final.pk)
    return _candidate(request, CandidateKind.TRAINING, training_id)


@require_safe
@project_view(Permission.LEAD)
def version_pipeline(request: ProjectRequest, number: int) -> HttpResponse:
    """Show the steps and gates of a version that can be trained on."""
    return _candidate(request, CandidateKind.VERSION, number)


def _candidate(request: ProjectRequest, kind: CandidateKind, number: int) -> HttpResponse:
    candidate = find_candidate(request.project, kind, number)
    if candidate is None:
        raise Http404
    facts = read_facts(candidate, request.user)
    found, addresses = judge_pipeline(facts), Addresses(candidate, facts)
    context = {
        "candidate": candidate,
        "facts": facts,
        "steps": step_rows(found, addresses),
        "next": next_row(found.next, addresses),
    }
    return render(request, "evaluation/pipeline/candidate.html", context)
