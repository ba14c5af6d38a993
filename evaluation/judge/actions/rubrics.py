"""Adding a version of a project's rubric."""

from django.db import transaction
from django.db.models import Max

from evaluation.judge.models import Rubric, RubricEvent
from evaluation.judge.rubric_text import DEFAULT_TEXT, rubric_digest, rubric_error
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def change_rubric(*, project: Project, text: str, note: str = "", actor: User | None) -> Rubric:
    """Add a version of the rubric; earlier ones stay, because judge runs refer to them.

    `actor` None is the system.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidInput: a placeholder is missing or unknown, or nothing changed.
    """
    require_lead(actor, project)
    # Line ends as a browser sends them would give the same text another digest.
    text = text.replace("\r\n", "\n").strip() + "\n"
    if error := rubric_error(text):
        raise InvalidInput(error, field="text")
    _lock(project)
    before = Rubric.objects.filter(project=project).first()
    if before is not None and before.text == text:
        raise InvalidInput(message("judge.rubric_unchanged"), field="text")
    return _add(project, text, note.strip(), actor)


def latest_rubric(project: Project, actor: User | None) -> Rubric:
    """Return the latest version; the first one is made of the default text.

    The caller is in a transaction.
    """
    _lock(project)
    found = Rubric.objects.filter(project=project).first()
    return found or _add(project, DEFAULT_TEXT, "", actor)


def _lock(project: Project) -> None:
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _add(project: Project, text: str, note: str, actor: User | None) -> Rubric:
    last = Rubric.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0
    made = Rubric.objects.create(
        project=project,
        number=last + 1,
        text=text,
        digest=rubric_digest(text),
        created_by=actor,
    )
    RubricEvent.objects.create(
        project=project,
        rubric=made,
        actor=actor,
        action="change_rubric",
        before=str(last or ""),
        after=str(made.number),
        reason=note,
        detail={"digest": made.digest},
    )
    return made
