"""How templates print what a judge costs and in which state it is."""

from decimal import Decimal

from django import template

from evaluation.judge.models import JudgeRun, JudgeState
from evaluation.judge.texts import usd_of

register = template.Library()
BADGES = {
    JudgeState.RUNNING: "running",
    JudgeState.STOPPED: "failed",
    JudgeState.CANCELLED: "withdrawn",
    JudgeState.DONE: "passed",
}


@register.filter
def usd(value: Decimal | None) -> str:
    """An amount of US dollars, "$1.25"; a dash for None."""
    return usd_of(value)


@register.filter
def badge_kind(judge_run: JudgeRun) -> str:
    """The kind of the badge for the state of a judge run."""
    return BADGES[JudgeState(judge_run.state)]
