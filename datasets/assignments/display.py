"""What pages show of assignments: the choices of filters and forms, and each member's workload."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, Q
from django.utils import timezone

from datasets.assignments.models import Assignment
from datasets.assignments.permissions import Assigning, editor_choices, editors_of
from datasets.curation.lifecycle import Action, State
from datasets.curation.models import ExampleEvent, GoldenExample
from datasets.curation.models.narrowing import OPEN, OPEN_STATES, overdue
from reviewapp.core.db.compiled import CompiledQuery
from reviewapp.core.formats import listed_languages
from reviewapp.people.http import ProjectRequest
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission
from reviewapp.people.reading import languages_read

WORKLOAD_PERIOD: Final = timedelta(days=7)


@dataclass(frozen=True)
class LanguagesRead:
    """The languages that the user reads, as a value of the filter and in words."""

    value: str
    names: str


@dataclass(frozen=True)
class Workload:
    """The assigned examples of a member.

    Attributes:
        open: those that wait for the member.
        overdue: those of them whose due date is past.
        in_review: those that the member or another one submitted.
        submitted: how many examples the member submitted in the last 7 days, assigned or not.
    """

    member: User
    open: int
    overdue: int
    in_review: int
    submitted: int


def is_overdue(example: GoldenExample) -> bool:
    """Return whether an example waits for its assignee after the due date."""
    return _is_late(example.due_on, example)


def _is_late(due_on: date | None, example: GoldenExample) -> bool:
    is_past = due_on is not None and due_on < timezone.now().date()
    return is_past and example.state in OPEN_STATES


_ASSIGNEES: Final = CompiledQuery(
    lambda examples: Assignment.objects.filter(example__in=[examples]).values_list(
        "example", "assignee__name", "assignee__email"
    ),
    "examples",
)


def assignee_names(examples: Sequence[int]) -> dict[int, str]:
    """Return the names of the assignees of these examples, by the id of the example."""
    return {pk: name or email for pk, name, email in _ASSIGNEES.rows(examples=examples)}


def assignment_choices(project: Project, user: User) -> dict[str, Any]:
    """Return the choices of the queue's filter: the assignees, and the languages the user reads."""
    codes = languages_read(project.pk, [user.pk]).get(user.pk, [])
    return {
        "assignees": editor_choices(project),
        "languages_read": LanguagesRead(_as_filter(codes), listed_languages(codes))
        if codes
        else None,
    }


def preferred_languages(user: User, project: Project, permissions: frozenset[Permission]) -> str:
    """Return the languages with which an annotator's list opens; empty for all.

    Leads, who plan the whole set, see all.
    """
    if Permission.CURATE not in permissions or Permission.LEAD in permissions:
        return ""
    codes = languages_read(project.pk, [user.pk]).get(user.pk, [])
    return _as_filter(codes)


def _as_filter(codes: list[str]) -> str:
    """Return languages as a value of the filter; one code gets a comma, to include its regions."""
    return "".join(f"{code}," for code in codes)


def assignment_context(
    request: ProjectRequest, example: GoldenExample, *, error: str = ""
) -> dict[str, Any]:
    """Return what the example page shows of its assignment."""
    assignment: Assignment | None = getattr(example, "assignment", None)
    assigning = Assigning(request.user, request.project)
    assigning.__dict__["permissions"] = request.permissions
    is_own = assignment is not None and assignment.assignee_id == request.user.pk
    may_edit = Permission.CURATE in request.permissions and example.erased_at is None
    may_take = may_edit and assignment is None and example.state != State.RETIRED
    may_choose = may_edit and (assigning.is_lead or is_own)
    return {
        "assignment": assignment,
        "is_overdue": assignment is not None and _is_late(assignment.due_on, example),
        "may_take": may_take,
        "may_choose": may_choose,
        "editors": [*assigning.editors.values()] if may_choose else [],
        "assignment_error": error,
    }


def workload_of(project: Project) -> list[Workload]:
    """Return the workload of each member who may edit examples, by name."""
    examples = GoldenExample.objects.filter(project=project, assignment__isnull=False).order_by()
    counted = examples.values_list("assignment__assignee").annotate(
        open=Count("pk", filter=OPEN),
        overdue=Count("pk", filter=overdue()),
        in_review=Count("pk", filter=Q(state=State.IN_REVIEW)),
    )
    counts = {member: numbers for member, *numbers in counted}
    nothing = [0, 0, 0]
    submissions = ExampleEvent.objects.filter(
        project=project, action=Action.SUBMIT, at__gte=timezone.now() - WORKLOAD_PERIOD
    )
    submitted = dict(
        submissions.order_by().values_list("actor").annotate(Count("example", distinct=True))
    )
    return [
        Workload(
            member,
            open=counts.get(member.pk, nothing)[0],
            overdue=counts.get(member.pk, nothing)[1],
            in_review=counts.get(member.pk, nothing)[2],
            submitted=submitted.get(member.pk, 0),
        )
        for member in editors_of(project)
    ]
