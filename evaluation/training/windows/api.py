"""API of training windows, for scripts of leads."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from evaluation.training.windows.calendar import opening_of, zone_name_of
from evaluation.training.windows.models import TrainingWindow
from reviewapp.people.api import project_for
from reviewapp.people.permissions import Permission

router = Router(tags=["trainings"])


class WindowOut(Schema):
    """A window of the week; days from 0, Monday, times of the wall clock."""

    days: list[int]
    starts: str
    ends: str


class WindowsOut(Schema):
    """The windows of a project, and the opening that is current or comes next."""

    time_zone: str
    windows: list[WindowOut]
    opens_at: datetime | None
    closes_at: datetime | None


@router.get(
    "/projects/{slug}/training-windows",
    operation_id="evaluation_api_training_windows",
    response={200: WindowsOut},
    summary="The time windows in which trainings may start",
)
def show_windows(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return time zone, windows and the opening that is current or comes next."""
    project = project_for(request, slug, Permission.LEAD)
    opening = opening_of(project)
    return {
        "time_zone": zone_name_of(project),
        "windows": [_shown(window) for window in TrainingWindow.objects.filter(project=project)],
        "opens_at": opening and opening.starts,
        "closes_at": opening and opening.ends,
    }


def _shown(window: TrainingWindow) -> dict[str, Any]:
    starts, ends = f"{window.starts:%H:%M}", f"{window.ends:%H:%M}"
    return {"days": window.days, "starts": starts, "ends": ends}
