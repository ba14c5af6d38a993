"""The condition of the queue's filter on the code of a finding."""

from django.db.models import Exists, OuterRef, Q

from datasets.curation.filters import FindingsFilter
from datasets.curation.models import Finding
from reviewapp.people.models import Project, User


def finding_condition(value: str, _user: User, _project: Project) -> Q:
    """Return the condition of an open finding of this code; none for all open or blocking ones."""
    if value in {FindingsFilter.OPEN, FindingsFilter.BLOCKING}:
        return Q()
    found = Finding.objects.filter(
        code=value,
        state=Finding.State.OPEN,
        revision__example=OuterRef("pk"),
        revision__number=OuterRef("latest_number"),
    )
    return Q(Exists(found))
