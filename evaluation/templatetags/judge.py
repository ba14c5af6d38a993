"""How templates print what a judge costs, in which state it is, and what it prefers."""

from decimal import Decimal
from fractions import Fraction

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.judge.models import JudgeRun, JudgeState
from evaluation.judge.texts import usd_of
from evaluation.stats.verdicts import TIE, Verdict

register = template.Library()
BADGES = {
    JudgeState.RUNNING: "running",
    JudgeState.STOPPED: "failed",
    JudgeState.CANCELLED: "withdrawn",
    JudgeState.DONE: "passed",
}

VERDICTS = {
    Verdict.CANDIDATE: _("The candidate is better"),
    Verdict.BASELINE: _("The baseline is better"),
    Verdict.TIE_GOOD: _("Tie, both good"),
    Verdict.TIE_BAD: _("Tie, both bad"),
}


@register.filter
def usd(value: Decimal | None) -> str:
    """An amount of US dollars, "$1.25"; a dash for None."""
    return usd_of(value)


@register.filter
def badge_kind(judge_run: JudgeRun) -> str:
    """The kind of the badge for the state of a judge run."""
    return BADGES[JudgeState(judge_run.state)]


@register.filter
def verdict_label(verdict: str) -> str | Promise:
    """What a verdict says."""
    return VERDICTS[Verdict(verdict)]


@register.filter
def preference(score: Fraction | None) -> str | Promise:
    """Which answer a score of the candidate, from 0 to 1, prefers; a dash for None."""
    if score is None:
        return "–"
    if score == TIE:
        return _("Tie")
    return VERDICTS[Verdict.CANDIDATE if score > TIE else Verdict.BASELINE]
