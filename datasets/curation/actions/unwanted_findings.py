"""The open findings of a project, and their numbers after some were taken away."""

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from datasets.curation.models import Finding, GoldenExample
from reviewapp.people.models import Project


def open_findings(project: Project) -> QuerySet[Finding]:
    """Return the open findings in the latest revisions of a project."""
    return Finding.objects.filter(
        state=Finding.State.OPEN,
        revision__example__project=project,
        revision__number=F("revision__example__latest_number"),
    )


def count_open_findings(examples: QuerySet[GoldenExample]) -> None:
    """Store the number of open findings of these examples."""
    latest = Finding.objects.filter(
        revision__example=OuterRef("pk"),
        revision__number=OuterRef("latest_number"),
        state=Finding.State.OPEN,
    )
    by_example = latest.order_by().values("revision__example")
    is_blocking = Q(severity=Finding.Severity.BLOCKING)
    examples.update(
        open_findings=Coalesce(Subquery(by_example.annotate(n=Count("pk")).values("n")), 0),
        blocking_findings=Coalesce(
            Subquery(by_example.annotate(n=Count("pk", filter=is_blocking)).values("n")), 0
        ),
        updated_at=timezone.now(),
    )
