"""The splits of frozen versions, as choices of a form."""

from django.db.models import Count, QuerySet
from django.utils.translation import gettext

from datasets.conversations.split import Split
from datasets.versions.models import DatasetItem, DatasetVersion
from evaluation.runs.texts import SPLIT_OF_VERSION
from reviewapp.core.formats import count
from reviewapp.people.models import Project


def default_split(project: Project) -> tuple[DatasetVersion, str] | None:
    """Return the newest version with its largest split that is not for training, if any."""
    rows = _judging(project)
    newest = rows.order_by("-version__number").values("version")[:1]
    sizes = rows.filter(version__in=newest).order_by().values_list("version", "split")
    found = sizes.annotate(examples=Count("pk")).order_by("-examples", "split").first()
    if found is None:
        return None
    return DatasetVersion.objects.get(pk=found[0]), found[1]


def split_choices(project: Project) -> list[tuple[str, str]]:
    """Return key and label of the splits with examples, of the newest version first."""
    rows = (
        _judging(project)
        .order_by("-version__number", "split")
        .values_list("version_id", "version__number", "split")
        .annotate(examples=Count("pk"))
    )
    return [
        (f"{version}:{split}", _split_label(number, split, examples))
        for version, number, split, examples in rows
    ]


def _judging(project: Project) -> QuerySet[DatasetItem]:
    """Return what models may be judged on: not what they train on, nor a retired test split."""
    items = DatasetItem.objects.filter(version__project=project).exclude(split=Split.TRAIN)
    return items.exclude(split=Split.TEST, version__retired_test_split__isnull=False)


def _split_label(number: int, split: str, examples: int) -> str:
    name = str(SPLIT_OF_VERSION[split]) % {"number": number}
    return gettext("%(split)s (%(n)s)") % {"split": name, "n": count(examples)}
