"""The raw conversations that a member can take."""

from django.db.models import Q

from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.curation.models.examples import GoldenExampleQuerySet
from datasets.curation.models.narrowing import language_condition
from datasets.curation.visibility import readable_by
from reviewapp.people.models import Project, User
from reviewapp.people.reading import languages_read


def raw_examples(project: Project, user: User) -> GoldenExampleQuerySet:
    """Return what was imported and not touched since, in languages that a member reads."""
    raw = GoldenExample.objects.filter(
        readable_by(user, project),
        project=project,
        state=State.DRAFT,
        latest_number=1,
        batch__isnull=False,
        assignment=None,
    )
    codes = languages_read(project.pk, [user.pk]).get(user.pk, [])
    if codes:
        raw = raw.filter(language_condition(f"{','.join(codes)},") | Q(language=""))
    return raw
