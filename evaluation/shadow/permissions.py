"""Permissions of shadow checks: no one reads answers that would influence their own votes."""

from collections.abc import Collection

from django.utils.translation import gettext

from evaluation.runs.models import Comparison
from evaluation.runs.permissions import active_runs_of, blinded_runs_of
from evaluation.runs.reviewer_title import reviewer_title
from reviewapp.people.models import User


def answers_denied_reason(user: User, model_id: int, example_ids: Collection[int]) -> str:
    """Return why a user may not read what a model answered to these examples; empty if they may.

    A model answers the same prompt alike: its name here would reveal it in an open run in which
    the user votes, and so would a golden answer influence a vote on its prompt.
    """
    run = blinded_runs_of(user, [model_id]).first()
    if run is None:
        compared = Comparison.objects.filter(
            run__in=active_runs_of(user), revision__example__in=example_ids
        )
        found = compared.select_related("run").first()
        run = found.run if found else None
    if run is None:
        return ""
    return gettext(
        "You vote in “%(title)s”, which has this model or one of these prompts. You can open this "
        "page when that run is closed."
    ) % {"title": reviewer_title(run)}
