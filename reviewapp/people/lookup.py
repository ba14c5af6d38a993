"""Finding a project by what people type."""

from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import Project


def find_project(slug: str) -> Project:
    """Return the project with this slug.

    Raises:
        InvalidInput: there is none; the sentence names what there is.
    """
    project = Project.objects.filter(slug=slug).first()
    if project is not None:
        return project
    known = list(Project.objects.order_by("slug").values_list("slug", flat=True)[:10])
    there_is = f"There is: {', '.join(known)}." if known else "There is none yet."
    raise InvalidInput(f"There is no project “{slug}”. {there_is}")
