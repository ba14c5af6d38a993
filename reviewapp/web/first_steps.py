"""The way of a new project to its first vote: steps whose state is read from the data."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.versions.models import DatasetVersion
from evaluation.registry.models import ModelVersion
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import active_runs_of
from evaluation.voting.models import Vote
from reviewapp.people.actions.hints import dismiss_hint, is_hint_dismissed
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import Membership, Project, Role, User
from reviewapp.people.permissions import Permission

HINT = "first_steps"
MODELS_OF_A_RUN = REVIEWERS_OF_A_RUN = 2
OPEN_STATES = (RunState.VOTING, RunState.CLOSED)


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        text: what to do.
        is_done: whether the data shows that it was done.
        url: where it is done.
        is_needed: False for what a run of uploaded answers does without.
    """

    text: str | Promise
    is_done: bool
    url: str
    is_needed: bool = True


def first_steps_of(user: User, project: Project, permissions: frozenset[Permission]) -> list[Step]:
    """Return the steps of a project without a vote; empty for others, and once dismissed."""
    if Permission.LEAD not in permissions or is_hint_dismissed(user, project, HINT):
        return []
    if Vote.objects.filter(run__project=project).exists():
        return []
    return _steps(user, project)


def _steps(user: User, project: Project) -> list[Step]:
    def at(name: str) -> str:
        return reverse(name, args=[project.slug])

    examples = GoldenExample.objects.filter(project=project)
    models = ModelVersion.objects.filter(project=project)
    members = Membership.objects.filter(project=project)
    # A lead who uploads the answers, or reads figures, does not vote.
    leads = members.filter(role=Role.LEAD).values("user")
    reviewers = members.filter(role=Role.REVIEWER).exclude(user__in=leads)
    runs = EvaluationRun.objects.filter(project=project)
    has_open_run = runs.filter(state__in=OPEN_STATES).exists()
    return [
        Step(
            _("Invite two reviewers"),
            reviewers.count() >= REVIEWERS_OF_A_RUN,
            at("members"),
        ),
        Step(_("Import conversations"), examples.exists(), at("datasets:import"), not has_open_run),
        Step(
            _("Have examples approved by a reviewer"),
            examples.filter(state=State.APPROVED).exists(),
            at("datasets:queue"),
            not has_open_run,
        ),
        Step(
            _("Freeze a dataset version"),
            DatasetVersion.objects.filter(project=project).exists(),
            at("datasets:versions"),
            not has_open_run,
        ),
        Step(
            _("Register two models, or upload their answers under Runs"),
            models.count() >= MODELS_OF_A_RUN,
            at("evaluation:models" if examples.exists() else "evaluation:upload_answers"),
        ),
        Step(_("Open a run"), has_open_run, at("evaluation:runs")),
        Step(_("Cast the first vote"), False, _first_vote_url(user, project)),  # noqa: FBT003
    ]


def _first_vote_url(user: User, project: Project) -> str:
    """Return the page where the user votes; for others the run that waits for its reviewers."""
    slug, votes_in = project.slug, active_runs_of(user).filter(project=project)
    open_run = EvaluationRun.objects.filter(project=project, state=RunState.VOTING).first()
    if open_run is None or votes_in.exists():
        return reverse("evaluation:voting", args=[slug])
    return f"{reverse('evaluation:run', args=[slug, open_run.pk])}?show=raters#evidence"


@require_POST
@project_view(Permission.LEAD)
def dismiss_first_steps(request: ProjectRequest) -> HttpResponse:
    """Hide the list for this person in this project."""
    dismiss_hint(user=request.user, project=request.project, hint=HINT)
    return redirect("project_home", slug=request.project.slug)
