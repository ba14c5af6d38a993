"""What templates show of assignments: due dates, and the workload of members."""

from datetime import date
from typing import Any

from django import template

from datasets.assignments.display import workload_of
from reviewapp.core import formats
from reviewapp.people.models import Project

register = template.Library()


@register.filter
def date_of(day: date | None) -> str:
    """Return a day as the language writes it; empty for None."""
    return formats.day(day) if day else ""


@register.inclusion_tag("datasets/assignments/_workload.html")
def workload(project: Project) -> dict[str, Any]:
    """Show the assigned examples of each member who may edit."""
    return {"rows": workload_of(project), "slug": project.slug}
