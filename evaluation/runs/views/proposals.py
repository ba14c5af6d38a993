"""What a link to the form of a new run proposes."""

from typing import Any

from evaluation.runs.actions.run_setup import current_terms
from evaluation.runs.forms.terms import TermsForm
from evaluation.runs.models import EvaluationRun
from reviewapp.people.http import ProjectRequest


def terms_like(request: ProjectRequest) -> dict[str, Any]:
    """Return the fields of terms of the run that the query names as `like`; empty for none."""
    wanted = request.GET.get("like", "")
    if not (wanted.isascii() and wanted.isdecimal()):
        return {}
    run = EvaluationRun.objects.filter(project=request.project, pk=int(wanted)).first()
    if run is None:
        return {}
    terms = TermsForm.initial_of(current_terms(run))
    if run.overlap_votes <= run.votes_per_example:
        # It had no overlap set, so the form proposes the votes on one.
        del terms["overlap_votes"]
    return terms
