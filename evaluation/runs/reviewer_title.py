"""The title of a run that its reviewers see."""

from django.utils.translation import gettext

from evaluation.runs.models import EvaluationRun


def reviewer_title(run: EvaluationRun) -> str:
    """Return the title that reviewers see; the name of the run may reveal the models.

    A run without one has its number, which is in the address of its voting page anyway.
    """
    return run.title or gettext("Run %(number)s") % {"number": run.pk}
