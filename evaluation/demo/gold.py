"""The gold checks of the demo, and the languages that its reviewers read."""

from collections.abc import Mapping

from evaluation.demo.rows import HERE, read_rows
from evaluation.runs.actions import gold_checks
from evaluation.runs.models import GoldCheck
from reviewapp.people.actions import reading
from reviewapp.people.models import Project, User

# Three reviewers read each language, as many as an example of the overlap set needs.
READS: Mapping[str, tuple[str, ...]] = {
    "mara": ("de", "en", "es", "it"),
    "jonas": ("de", "en", "es", "nl"),
    "ines": ("de", "en", "es", "it", "nl"),
    "pieter": ("en", "es", "it", "nl"),
}


def add_gold_checks(project: Project, lead: User) -> None:
    """Add the gold checks that are missing; each was written for it."""
    known = set(GoldCheck.objects.filter(project=project).values_list("explanation", flat=True))
    for row in read_rows(HERE / "gold.jsonl"):
        if row["explanation"] not in known:
            gold_checks.add_written(project=project, actor=lead, **row)


def set_languages(project: Project, people: Mapping[str, User]) -> None:
    """Store which languages each reviewer reads."""
    for name, languages in READS.items():
        reading.set_reading_languages(
            project=project, user=people[name], languages=languages, actor=people[name]
        )
