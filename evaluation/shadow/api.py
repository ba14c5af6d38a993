"""API of shadow checks, for scripts of leads: list, start, read answers and ratings."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status

from evaluation.shadow.actions import checks, ratings
from evaluation.shadow.models import ShadowCheck
from evaluation.shadow.outcomes import CheckSummary, readable_summaries, summaries_of
from evaluation.shadow.tasks import SHADOW_ANSWERS
from reviewapp.core.api import ObjectId
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["shadow checks"])


class ShadowCheckIn(Schema):
    """A model to ask; at `usd_cap` dollars it stops."""

    model: ObjectId
    usd_cap: Annotated[Decimal | None, Field(gt=0, max_digits=10, decimal_places=4)] = None


class OutcomeOut(Schema):
    """What one person said: of `rated` answers so many are concise, consistent, in tone."""

    person: str
    at: datetime
    rated: int
    concise: int
    consistent: int
    in_tone: int


class ShadowCheckOut(Schema):
    """A check; `noticed` answers have a signal to look at, `code` says why it stopped."""

    id: int
    model: str
    state: str
    code: str
    prompts_digest: str
    prompts: int
    answered: int
    failed: int
    noticed: int
    expected_tokens: int
    expected_usd: float | None
    prices_as_of: str | None
    started_at: datetime
    finished_at: datetime | None
    outcomes: list[OutcomeOut]


class SignalOut(Schema):
    """A signal: kept, or noticed; the reason is a code with parameters."""

    signal: str
    state: str
    reason: dict[str, Any]


class ShadowAnswerOut(Schema):
    """An answer; empty while there is none, and after an erasure."""

    position: int
    example: int
    state: str
    text: str
    signals: list[SignalOut]


class ShadowCheckDetail(ShadowCheckOut):
    """A check with its answers."""

    answers: list[ShadowAnswerOut]


class ShadowChecksOut(Schema):
    """The latest checks that the caller may read."""

    items: list[ShadowCheckOut]


def _shown(summary: CheckSummary) -> dict[str, Any]:
    check = summary.check
    usd, as_of = check.expected_usd, check.prices_as_of
    return {
        "id": check.pk,
        "model": check.model_version.name,
        "state": check.state,
        "code": check.stop_code,
        "prompts_digest": check.prompts_digest,
        "prompts": summary.total,
        "answered": summary.answered,
        "failed": summary.failed,
        "noticed": summary.noticed,
        "expected_tokens": check.expected_tokens,
        "expected_usd": None if usd is None else float(usd),
        "prices_as_of": as_of.isoformat() if as_of else None,
        "started_at": check.started_at,
        "finished_at": check.finished_at,
        "outcomes": [
            {
                "person": outcome.person.name,
                "at": outcome.at,
                "rated": outcome.rated,
                "concise": outcome.concise,
                "consistent": outcome.consistent,
                "in_tone": outcome.in_tone,
            }
            for outcome in summary.outcomes
        ],
    }


@router.get(
    "/projects/{slug}/shadow-checks",
    operation_id="evaluation_api_shadow_list",
    response={200: ShadowChecksOut},
    summary="List the latest shadow checks",
)
def list_checks(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return the latest checks, except those that would unblind a run of the caller."""
    project = project_for(request, slug, Permission.LEAD)
    found = readable_summaries(project, signed_in_user(request))
    return {"items": [_shown(summary) for summary in found]}


@router.post(
    "/projects/{slug}/shadow-checks",
    operation_id="evaluation_api_shadow_start",
    response={202: ShadowCheckOut},
    summary="Ask a model about the archetype prompts",
)
def start(request: HttpRequest, slug: str, body: ShadowCheckIn) -> Any:
    """Start a check, which may cost money; workers ask the model."""
    project = project_for(request, slug, Permission.LEAD)
    started = checks.start_check(
        project=project, model_id=body.model, usd_cap=body.usd_cap, actor=signed_in_user(request)
    )
    SHADOW_ANSWERS.send_due()
    (summary,) = summaries_of([_of(started.pk)])
    return Status(202, _shown(summary))


@router.get(
    "/shadow-checks/{check_id}",
    operation_id="evaluation_api_shadow_show",
    response={200: ShadowCheckDetail},
    summary="The answers of a shadow check",
)
def show(request: HttpRequest, check_id: ObjectId) -> dict[str, Any]:
    """Return answers, signals and ratings of a check."""
    found = _of(check_id)
    project_for(request, found.project.slug, Permission.LEAD)
    ratings.require_readable(signed_in_user(request), found)
    (summary,) = summaries_of([found])
    return {
        **_shown(summary),
        "answers": [
            {
                "position": answer.position,
                "example": answer.revision.example_id,
                "state": answer.state,
                "text": answer.text,
                "signals": answer.signals,
            }
            for answer in found.answers.select_related("revision")
        ],
    }


def _of(check_id: int) -> ShadowCheck:
    related = ("project", "model_version", "started_by")
    found = ShadowCheck.objects.select_related(*related).filter(pk=check_id).first()
    if found is None:
        raise Http404
    return found
