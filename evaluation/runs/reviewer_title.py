"""The title of a run that its reviewers see."""

from evaluation.runs.models import EvaluationRun
from reviewapp.core.messages import Message, message
from reviewapp.core.texts import render


def reviewer_title(run: EvaluationRun) -> str:
    """Return the title that reviewers see; the name of the run may reveal the models."""
    return render(stored_reviewer_title(run))


def stored_reviewer_title(run: EvaluationRun) -> str | Message:
    """Return the title as a message stores it, for readers of any language.

    A run without one has its number, which is in the address of its voting page anyway.
    """
    return run.title or message("runs.untitled", number=run.pk)
