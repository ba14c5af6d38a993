"""Look-up of a project by the slug that an operator typed."""

from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import Project

MAX_NAMED = 10


def find_project(slug: str) -> Project:
    """Return the project with this slug, for commands.

    Raises:
        InvalidInput: there is none; the message names those that exist.
    """
    project = Project.objects.filter(slug=slug).first()
    if project is not None:
        return project
    known = list(Project.objects.order_by("slug").values_list("slug", flat=True)[:MAX_NAMED])
    names = ", ".join(known) or "none yet"
    raise InvalidInput(f"There is no project “{slug}”. There is: {names}.")  # not translated: CLI
