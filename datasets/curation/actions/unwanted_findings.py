"""Take open findings away that the settings of a project no longer want."""

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from datasets.curation.models import Finding, GoldenExample
from reviewapp.people.models import Project, ProjectEvent, User


def open_findings(project: Project) -> QuerySet[Finding]:
    """Return the open findings in the latest revisions of a project."""
    return Finding.objects.filter(
        state=Finding.State.OPEN,
        revision__example__project=project,
        revision__number=F("revision__example__latest_number"),
    )


def take_away_findings(
    found: QuerySet[Finding], *, project: Project, actor: User | None, action: str
) -> None:
    """Delete findings of latest revisions, count those that stay, and record the action.

    It runs in the transaction that changes the setting.
    """
    examples = list(found.order_by().values_list("revision__example", flat=True).distinct())
    if not examples:
        return
    # Locked in their order, as those who revise many examples lock them.
    rows = GoldenExample.with_deleted.filter(pk__in=examples)
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    deleted, _by_model = found.delete()
    count_open_findings(rows)
    ProjectEvent.objects.create(
        project=project,
        actor=actor,
        action=action,
        detail={"findings": deleted, "examples": len(examples)},
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
