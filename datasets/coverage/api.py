"""The HTTP API of coverage: the targets of a project and how far each is met."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from datasets.coverage.cells import Covered, Stage, covered
from datasets.coverage.counting import groups_of, targets_of
from datasets.versions.variety import diversity_of
from reviewapp.people.api import project_for
from reviewapp.people.permissions import Permission

router = Router(tags=["examples"])


class CoveredOut(Schema):
    """A target; empty labels are any. `missing` approved examples are still wanted."""

    intent: str
    language: str
    tag: str
    policy: str
    wanted: int
    approved: int
    work: int
    raw: int
    missing: int


class DiversityOut(Schema):
    """How varied approved examples are as a share of the imports, with its standard error."""

    ratio: float
    error: float
    n: int


class CoverageOut(Schema):
    """All examples by stage; targets that a lead set, or else 30 for each intent."""

    approved: int
    work: int
    raw: int
    are_targets_set: bool
    targets: list[CoveredOut]
    diversity: DiversityOut | None


@router.get(
    "/projects/{slug}/coverage",
    operation_id="datasets_api_coverage_coverage",
    response={200: CoverageOut},
    summary="Show how far coverage targets are met",
)
def coverage(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return each target with its examples by stage, and the diversity of approved examples."""
    project = project_for(request, slug, Permission.VIEW)
    groups = groups_of(project)
    targets, are_set = targets_of(project)
    measured = diversity_of(project)
    return {
        **{
            stage.value: sum(group.n for group in groups if group.stage == stage) for stage in Stage
        },
        "are_targets_set": are_set,
        "targets": [_as_json(entry) for entry in covered(groups, targets)],
        "diversity": vars(measured) if measured else None,
    }


def _as_json(found: Covered) -> dict[str, Any]:
    return {
        **vars(found.target.labels),
        **vars(found.counts),
        "wanted": found.target.wanted,
        "missing": found.missing,
    }
