"""The sentences of what gates came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from reviewapp.core import formats
from reviewapp.core.formats import percent
from reviewapp.core.texts import Formatter, Text, percent_interval, stored_day, text


def hundredths(value: float) -> str:
    return formats.decimal(value, 2)


def _agreement(params: Mapping[str, Any]) -> str:
    sentence = ngettext(
        "Agreement (Gwet's AC2) is %(value)s over %(shared)s shared example, "
        "%(confidence)s interval %(interval)s; it must lie above %(limit)s.",
        "Agreement (Gwet's AC2) is %(value)s over %(shared)s shared examples, "
        "%(confidence)s interval %(interval)s; it must lie above %(limit)s.",
        params["shared"],
    )
    return sentence % {
        "value": hundredths(params["value"]),
        "shared": formats.count(params["shared"]),
        "confidence": percent(params["confidence"]),
        "interval": formats.decimal_range(params["lower"], params["upper"], 2),
        "limit": hundredths(params["limit"]),
    }


def percent_beside_limit(pair: tuple[float, float]) -> str:
    """Return a proportion, written so that it differs visibly from the line beside it."""
    return formats.percent_beside(*pair)


def _day_of_year(value: str) -> str:
    return formats.day_of_year(datetime.fromisoformat(value))


def ratio_range(ends: Sequence[float | None]) -> str:
    """Return the interval of a ratio; an end that is None is not known."""
    low, high = ends
    if low is None:
        return gettext("without an end")
    if high is None:
        return gettext("%(low)s or more") % {"low": hundredths(low)}
    return formats.decimal_range(low, high, 2)


def _points(params: Mapping[str, Any]) -> tuple[int, str]:
    """Return the number that chooses the plural form, and the difference in points."""
    tenths = round(1000 * params["difference"])
    whole, rest = divmod(tenths, 10)
    return (2, formats.decimal(tenths / 10, 1)) if rest else (whole, formats.count(whole))


def _better_by(params: Mapping[str, Any]) -> str:
    n, points = _points(params)
    claim = ngettext(
        "Better by more than %(points)s point", "Better by more than %(points)s points", n
    )
    return claim % {"points": points}


def _not_worse_by(params: Mapping[str, Any]) -> str:
    n, points = _points(params)
    claim = ngettext(
        "Not worse by more than %(points)s point", "Not worse by more than %(points)s points", n
    )
    return claim % {"points": points}


_RATE: Final[dict[str, Formatter]] = {"rate": percent, "interval": percent_interval}

OF_WIN_RATES: Final[dict[str, Text]] = {
    "gates.keep_voting": text(_("Keep voting.")),
    "gates.nothing_counted": text(_("No example is counted yet.")),
    "gates.undecided": text(_("Undecided.")),
    "gates.all_counted": text(_("All examples are counted.")),
    "gates.larger_set": text(_("All examples are counted: compare on a larger set.")),
    "gates.better_overall": text(_("Better overall")),
    "gates.passed": text(_("Passed")),
    "gates.better": text(_("Better")),
    "gates.better_by": _better_by,
    "gates.not_worse_by": _not_worse_by,
    # Translators: claim is "Better overall" or "Not worse by more than 10 points".
    "gates.above_since": text(
        _("%(claim)s: the interval lies above %(threshold)s since example %(example)s."),
        threshold=percent,
    ),
    # Translators: claim is "Better overall" or "Not worse by more than 10 points".
    "gates.above_since_day": text(
        _("%(claim)s: the interval lies above %(threshold)s since %(on)s, example %(example)s."),
        threshold=percent,
        on=_day_of_year,
    ),
    "gates.passed_before": text(
        _("Passed %(threshold)s on example %(example)s, now %(rate)s (%(interval)s)."),
        threshold=percent,
        **_RATE,
    ),
    "gates.passed_before_day": text(
        _("Passed %(threshold)s on example %(example)s (%(on)s), now %(rate)s (%(interval)s)."),
        threshold=percent,
        on=_day_of_year,
        **_RATE,
    ),
    # Translators: claim is "Better overall" or "Not worse by more than 10 points".
    "gates.above_all": text(
        ngettext_lazy(
            "%(claim)s: the interval over all %(n)s example lies above %(threshold)s.",
            "%(claim)s: the interval over all %(n)s examples lies above %(threshold)s.",
            "n",
        ),
        threshold=percent,
    ),
    "gates.passed_with_decision": text(
        _("Passed on %(on)s, example %(example)s. Now: %(now)s"), on=stored_day
    ),
    "gates.not_above": text(
        _("Not above %(threshold)s: the interval ends at %(upper)s."),
        threshold=percent,
        upper=percent_beside_limit,
    ),
    "gates.all_counted_not_above": text(
        ngettext_lazy(
            "All examples are counted (%(n)s) and the interval begins at %(lower)s, "
            "not above %(threshold)s. Compare on a larger set.",
            "All %(n)s examples are counted and the interval begins at %(lower)s, "
            "not above %(threshold)s. Compare on a larger set.",
            "n",
        ),
        threshold=percent,
        lower=percent_beside_limit,
    ),
    "gates.out_of_reach": text(
        ngettext_lazy(
            "Cannot pass %(threshold)s with the %(left)s example left, "
            "even if the candidate won it.",
            "Cannot pass %(threshold)s with the %(left)s examples left, "
            "even if the candidate won all of them.",
            "left",
        ),
        threshold=percent,
    ),
    "gates.undecided_left": text(
        ngettext_lazy(
            "Undecided. At the present rate the %(left)s example left will probably not decide it.",
            "Undecided. At the present rate the %(left)s examples left will probably not "
            "decide it.",
            "left",
        )
    ),
    "gates.undecided_close": text(
        _(
            "Undecided. The rate is too close to %(threshold)s to forecast how many more "
            "examples it takes."
        ),
        threshold=percent,
    ),
    "gates.undecided_more": text(
        ngettext_lazy(
            "Undecided. At the present rate about %(more)s more example.",
            "Undecided. At the present rate about %(more)s more examples.",
            "more",
        )
    ),
    "gates.undecided_more_range": text(
        ngettext_lazy(
            "Undecided. At the present rate about %(more)s more example (%(low)s-%(high)s).",
            "Undecided. At the present rate about %(more)s more examples (%(low)s-%(high)s).",
            "more",
        )
    ),
    "gates.undecided_more_open": text(
        ngettext_lazy(
            "Undecided. At the present rate about %(more)s more example (%(low)s or more).",
            "Undecided. At the present rate about %(more)s more examples (%(low)s or more).",
            "more",
        )
    ),
    "gates.would_not_pass": text(_("The candidate would not pass then.")),
    "gates.fails_with_broken": text(
        ngettext_lazy(
            "If its %(broken)s broken example were lost, it would not pass %(threshold)s.",
            "If its %(broken)s broken examples were lost, it would not pass %(threshold)s.",
            "broken",
        ),
        threshold=percent,
    ),
    "gates.check_reports": text(_("Look at what was reported.")),
    "gates.check_reports_or_vote": text(_("Look at what was reported, or keep voting.")),
    "gates.intent_worse": text(
        _("%(subject)s got worse: %(rate)s, interval %(interval)s."), **_RATE
    ),
    "gates.intent_worse_since": text(
        _("%(subject)s got worse: %(rate)s, interval %(interval)s, since example %(example)s."),
        **_RATE,
    ),
    "gates.candidate_worse": text(
        _("The candidate got worse: %(rate)s, interval %(interval)s."), **_RATE
    ),
    "gates.candidate_worse_since": text(
        _("The candidate got worse: %(rate)s, interval %(interval)s, since example %(example)s."),
        **_RATE,
    ),
    "gates.intent_past_alarm": text(
        _(
            "%(subject)s was shown to be worse at its example %(example)s; the rate is "
            "%(rate)s (%(interval)s) now."
        ),
        **_RATE,
    ),
    "gates.candidate_past_alarm": text(
        _(
            "The candidate was shown to be worse at example %(example)s; the rate is %(rate)s "
            "(%(interval)s) now."
        ),
        **_RATE,
    ),
    "gates.nothing_worse": text(
        _("Nothing was shown to be worse. That does not show that nothing is.")
    ),
    "gates.watched": text(
        ngettext_lazy(
            "%(intents)s is watched, not gated: it was not shown to be safe.",
            "%(intents)s are watched, not gated: they were not shown to be safe.",
            "n",
        )
    ),
    "gates.many_watched": text(
        ngettext_lazy(
            "%(n)s intent is watched, not gated: it was not shown to be safe.",
            "%(n)s intents are watched, not gated: they were not shown to be safe.",
            "n",
        )
    ),
    "gates.both_bad": text(
        _(
            "Both answers were bad in %(share)s of examples, interval %(interval)s, "
            "limit %(limit)s."
        ),
        share=percent,
        interval=percent_interval,
        limit=percent,
    ),
}
OF_VOTING: Final[dict[str, Text]] = {
    "gates.raters_voted": text(
        ngettext_lazy(
            "%(raters)s rater has counted votes.", "%(raters)s raters have counted votes.", "raters"
        )
    ),
    "gates.too_few_raters": text(
        ngettext_lazy(
            "Only %(raters)s rater has counted votes, which show one person's taste: it takes "
            "votes of at least %(needed)s.",
            "Only %(raters)s raters have counted votes: it takes votes of at least %(needed)s.",
            "raters",
        )
    ),
    "gates.rater_share": text(
        _("%(rater)s holds %(share)s of the counted examples, limit %(limit)s."),
        share=percent_beside_limit,
        limit=percent,
    ),
    "gates.let_others_vote": text(_("Let others vote.")),
    "gates.better_without_anyone": text(_("Better overall also without any one rater.")),
    "gates.depends_on_rater": text(
        ngettext_lazy(
            "Without the votes of %(raters)s the candidate would not be ahead clearly. "
            "More votes of others are needed.",
            "Without the votes of any one of %(raters)s the candidate would not be ahead "
            "clearly. More votes of others are needed.",
            "n",
        )
    ),
    "gates.judged_after_overall": text(_("This is judged once the candidate has passed overall.")),
    "gates.not_judged": text(_("This is not judged, because the candidate did not pass overall.")),
    "gates.agreement_not_asked": text(_("No agreement is asked for.")),
    "gates.few_shared": text(
        ngettext_lazy(
            "%(shared)s shared example; agreement is judged from %(needed)s on.",
            "%(shared)s shared examples; agreement is judged from %(needed)s on.",
            "shared",
        )
    ),
    "gates.larger_overlap": text(_("Make the next run with a larger overlap.")),
    "gates.agreement": _agreement,
    "gates.agree_on_criteria": text(_("Agree with the raters on what makes an answer good.")),
    "gates.sides_unknown": text(
        _(
            "No decisive vote records which answer was on the left, so a preference for a side "
            "cannot be ruled out. Vote on the voting page, or import votes that name the left "
            "answer; stored votes do not change."
        )
    ),
    "gates.sides_not_random": text(
        _(
            "In the imported votes one model was on the left too often for drawn sides, so a "
            "preference for a side cannot be distinguished from one for a model. Draw the side "
            "of each vote at random."
        )
    ),
    "gates.left_share": text(
        ngettext_lazy(
            "The left answer won %(share)s of %(n)s decisive vote, interval %(interval)s.",
            "The left answer won %(share)s of %(n)s decisive votes, interval %(interval)s.",
            "n",
        ),
        share=percent,
        interval=percent_interval,
    ),
    "gates.side_favoured": text(
        _("Raters favour a side: ask them to read both answers, then look at each rater.")
    ),
    "gates.skips": text(
        ngettext_lazy(
            "%(share)s of %(asked)s comparison were skipped or reported as broken, "
            "limit %(limit)s.",
            "%(share)s of %(asked)s comparisons were skipped or reported as broken, "
            "limit %(limit)s.",
            "asked",
        ),
        share=percent_beside_limit,
        limit=percent,
    ),
    "gates.check_skips": text(_("Look at what was skipped.")),
    "gates.passes_with_skips": text(_("The candidate passes even if each skip were a loss.")),
    "gates.fails_with_skips": text(
        _("If each skip were a loss, the candidate would not pass overall.")
    ),
}
OF_ANSWERS: Final[dict[str, Text]] = {
    "gates.not_measured": text(
        _("Nothing was measured for this. Measure it, or open a run without this limit.")
    ),
    "gates.latency_ratio": text(
        ngettext_lazy(
            "The candidate's p95 latency is %(estimate)s times the baseline's over %(n)s "
            "answer, bootstrap interval %(interval)s.",
            "The candidate's p95 latency is %(estimate)s times the baseline's over %(n)s "
            "answers, bootstrap interval %(interval)s.",
            "n",
        ),
        estimate=hundredths,
        interval=ratio_range,
    ),
    "gates.cost_ratio": text(
        ngettext_lazy(
            "The candidate's cost of an answer is %(estimate)s times the baseline's over "
            "%(n)s answer, bootstrap interval %(interval)s.",
            "The candidate's cost of an answer is %(estimate)s times the baseline's over "
            "%(n)s answers, bootstrap interval %(interval)s.",
            "n",
        ),
        estimate=hundredths,
        interval=ratio_range,
    ),
    "gates.refused_share": text(
        ngettext_lazy(
            "%(estimate)s of %(n)s answer refused, bootstrap interval %(interval)s.",
            "%(estimate)s of %(n)s answers refused, bootstrap interval %(interval)s.",
            "n",
        ),
        estimate=percent,
        interval=percent_interval,
    ),
    "gates.failed_share": text(
        ngettext_lazy(
            "%(estimate)s of %(n)s answer failed, bootstrap interval %(interval)s.",
            "%(estimate)s of %(n)s answers failed, bootstrap interval %(interval)s.",
            "n",
        ),
        estimate=percent,
        interval=percent_interval,
    ),
    "gates.ratio_limit": text(_("Limit %(limit)s."), limit=hundredths),
    "gates.share_limit": text(_("Limit %(limit)s."), limit=percent),
    "gates.share_target": text(_("Target %(target)s."), target=percent_interval),
    "gates.share_least": text(_("At least %(limit)s."), limit=percent),
    "gates.outside_limit": text(_("The interval lies outside.")),
    "gates.beyond_limit": text(
        _("The interval reaches beyond the limit: compare on a larger set.")
    ),
}
