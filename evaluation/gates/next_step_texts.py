"""The sentences of what to do with a run next."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from evaluation.gates.reason_texts import percent_beside_limit
from reviewapp.core.formats import percent
from reviewapp.core.texts import Formatter, Text, percent_interval, stored_moment, text

_RATE: Final[dict[str, Formatter]] = {"rate": percent, "interval": percent_interval}

OF_NEXT_STEP: Final[dict[str, Text]] = {
    "next.may_be_promoted": text(
        _("May be promoted: all required gates passed. Win rate %(rate)s (%(interval)s)."), **_RATE
    ),
    "next.since": text(
        _("All gates passed at the same time on %(on)s, after example %(example)s."),
        on=stored_moment,
    ),
    "next.given_up": text(
        _("This run was given up before the first vote, so it shows nothing about either model.")
    ),
    "next.closed_empty": text(
        _("No example was counted before the run was closed, so it shows nothing about the models.")
    ),
    "next.candidate_worse": text(
        _("Not to be promoted: the candidate is worse overall (%(rate)s, %(interval)s)."), **_RATE
    ),
    "next.intents_worse_named": text(_("Not to be promoted: %(intents)s got worse."), **_RATE),
    "next.intents_worse": text(
        ngettext_lazy(
            "Not to be promoted: %(n)s intent got worse.",
            "Not to be promoted: %(n)s intents got worse.",
            "n",
        ),
        **_RATE,
    ),
    "next.better_but_intents_worse_named": text(
        _(
            "Not to be promoted: better overall (%(rate)s, %(interval)s), but %(intents)s got "
            "worse."
        ),
        **_RATE,
    ),
    "next.better_but_intents_worse": text(
        ngettext_lazy(
            "Not to be promoted: better overall (%(rate)s, %(interval)s), but %(n)s intent got "
            "worse.",
            "Not to be promoted: better overall (%(rate)s, %(interval)s), but %(n)s intents got "
            "worse.",
            "n",
        ),
        **_RATE,
    ),
    "next.over_limit": text(
        ngettext_lazy(
            "Not to be promoted: a limit is exceeded (%(gates)s).",
            "Not to be promoted: limits are exceeded (%(gates)s).",
            "n",
        )
    ),
    "next.better_but_intents_not_shown": text(
        ngettext_lazy(
            "Not to be promoted: better overall (%(rate)s, %(interval)s), but %(failed)s of %(n)s "
            "intent could not be shown to be safe.",
            "Not to be promoted: better overall (%(rate)s, %(interval)s), but %(failed)s of %(n)s "
            "intents could not be shown to be safe.",
            "n",
        ),
        **_RATE,
    ),
    "next.intents_not_shown": text(
        ngettext_lazy(
            "Not to be promoted: %(failed)s of %(n)s intent could not be shown to be safe with "
            "this set.",
            "Not to be promoted: %(failed)s of %(n)s intents could not be shown to be safe with "
            "this set.",
            "n",
        ),
        **_RATE,
    ),
    "next.intents_not_shown_named": text(
        _("Not to be promoted: %(intents)s could not be shown to be safe with this set."), **_RATE
    ),
    "next.better_but_intents_not_shown_named": text(
        _(
            "Not to be promoted: better overall (%(rate)s, %(interval)s), but %(intents)s could "
            "not be shown to be safe with this set."
        ),
        **_RATE,
    ),
    "next.not_shown_are": text(_("Not shown to be safe: %(intents)s.")),
    "next.close_it": text(
        _("No further vote can lead to a promotion: close the run, so that nobody votes in vain.")
    ),
    "next.close_worse": text(
        _("Further votes will hardly change this: close the run, so that nobody votes in vain.")
    ),
    "next.worse_are": text(_("Worse: %(intents)s.")),
    "next.short_are": text(_("Too few examples left: %(intents)s.")),
    "next.more_intents": text(ngettext_lazy("%(n)s more intent", "%(n)s more intents", "n")),
    "next.more_alarms": text(
        ngettext_lazy("%(n)s more intent had an alarm.", "%(n)s more intents had an alarm.", "n")
    ),
    "next.sizes_would_do_each": text(
        ngettext_lazy(
            "It has %(low)s examples; at its rate about %(needed)s would do.",
            "They have %(low)s examples each; at their rate about %(needed)s each would do.",
            "n",
        )
    ),
    "next.sizes_would_do": text(
        ngettext_lazy(
            "It has %(low)s to %(high)s examples; at its rate about %(needed)s would do.",
            "They have %(low)s to %(high)s examples; at their rate about %(needed)s each would do.",
            "n",
        )
    ),
    "next.sizes_each": text(
        ngettext_lazy(
            "It has %(low)s examples.",
            "They have %(low)s examples each.",
            "n",
        )
    ),
    "next.sizes": text(
        ngettext_lazy(
            "It has %(low)s to %(high)s examples.",
            "They have %(low)s to %(high)s examples.",
            "n",
        )
    ),
    "next.would_do": text(
        ngettext_lazy(
            "At its rate about %(needed)s examples would do.",
            "At their rate about %(needed)s examples each would do.",
            "n",
        )
    ),
    "next.no_size_would_do": text(_("At this rate no larger set would do.")),
    "next.as_many_would_do": text(
        _("It was close: another set of %(size)s examples would probably do.")
    ),
    "next.overall_would_do": text(_("At this rate about %(needed)s examples would do.")),
    "next.overall_not_shown": text(
        _(
            "Not to be promoted: this set could not show the candidate to be better "
            "(%(rate)s, %(interval)s)."
        ),
        **_RATE,
    ),
    "next.gates_not_shown": text(
        ngettext_lazy(
            "Not to be promoted: with this set a gate cannot pass any more (%(gates)s).",
            "Not to be promoted: with this set gates cannot pass any more (%(gates)s).",
            "n",
        )
    ),
    "next.nothing_worse": text(_("Nothing got worse.")),
    "next.voting_failed_too": text(_("The voting failed its checks too: %(gates)s.")),
    "next.failed_too": text(_("Failed too: %(gates)s.")),
    "next.not_passed": text(_("Not passed: %(gates)s.")),
    "next.nothing_about_candidate": text(_("This says nothing about the candidate.")),
    "next.more_gates": text(ngettext_lazy("%(n)s more gate", "%(n)s more gates", "n")),
    "next.invalid.hygiene_position": text(
        _("The voting is not valid: one side was favoured (left won %(share)s, %(interval)s)."),
        share=percent,
        interval=percent_interval,
    ),
    "next.invalid.hygiene_raters": text(
        ngettext_lazy(
            "The voting is not valid: only %(raters)s reviewer has counted votes.",
            "The voting is not valid: only %(raters)s reviewers have counted votes.",
            "raters",
        )
    ),
    "next.invalid.hygiene_rater_share": text(
        _("The voting is not valid: %(rater)s holds %(share)s of the counted examples."),
        share=percent,
    ),
    "next.invalid.hygiene_leave_one_out": text(
        _("The voting is not valid: the result depends on the votes of %(raters)s.")
    ),
    "next.invalid.hygiene_agreement": text(
        _("The voting is not valid: the reviewers agree too little.")
    ),
    "next.invalid.hygiene_skips": text(
        _("The voting is not valid: too many comparisons were skipped or broken.")
    ),
    "next.nothing_counted": text(_("No example is counted yet: the reviewers vote first.")),
    "next.nothing_counted_waiting": text(
        ngettext_lazy(
            "No example is counted yet: %(n)s has all its votes and waits for one served earlier.",
            "No example is counted yet: %(n)s have all their votes and wait for one served "
            "earlier.",
            "n",
        )
    ),
    "next.votes_cannot_help": text(
        ngettext_lazy(
            "Undecided for good: no further vote can pass a gate (%(gates)s).",
            "Undecided for good: no further vote can pass these gates (%(gates)s).",
            "n",
        )
    ),
    "next.closed_undecided": text(
        ngettext_lazy(
            "Closed undecided: %(n)s gate has not passed.",
            "Closed undecided: %(n)s gates have not passed.",
            "n",
        ),
        **_RATE,
    ),
    "next.better_but_closed_undecided": text(
        ngettext_lazy(
            "Closed undecided: better overall (%(rate)s, %(interval)s), but %(n)s gate has not "
            "passed.",
            "Closed undecided: better overall (%(rate)s, %(interval)s), but %(n)s gates have not "
            "passed.",
            "n",
        ),
        **_RATE,
    ),
    "next.behind": text(
        _(
            "Probably not to be promoted: the candidate is behind (%(rate)s, %(interval)s) and "
            "must get above %(limit)s."
        ),
        limit=percent,
        **_RATE,
    ),
    "next.behind_until": text(
        ngettext_lazy(
            "Not decided, because the interval reaches up to %(upper)s: at this rate about "
            "%(more)s more example would decide.",
            "Not decided, because the interval reaches up to %(upper)s: at this rate about "
            "%(more)s more examples would decide.",
            "more",
        ),
        upper=percent_beside_limit,
        limit=percent,
    ),
    "next.behind_open": text(
        _("Not decided, because the interval reaches up to %(upper)s, above %(limit)s."),
        upper=percent_beside_limit,
        limit=percent,
    ),
    "next.behind_close": text(
        _("To be sure, keep voting. If you close the run now, it stays undecided.")
    ),
    "next.too_early": text(
        ngettext_lazy(
            "Too early to say anything: only %(n)s example is counted.",
            "Too early to say anything: only %(n)s examples are counted.",
            "n",
        ),
        **_RATE,
    ),
    "next.at_least": text(
        _(
            "Any result takes at least %(examples)s counted examples and %(raters)s reviewers; "
            "most take many more."
        )
    ),
    "next.at_least_shared": text(
        _(
            "Any result takes at least %(examples)s counted examples, %(raters)s reviewers and "
            "%(shared)s examples with several votes."
        )
    ),
    "next.keep_voting": text(
        ngettext_lazy(
            "Keep voting: at the present rate about %(more)s more example decides.",
            "Keep voting: at the present rate about %(more)s more examples decide.",
            "more",
        )
    ),
    "next.keep_voting_for": text(
        ngettext_lazy(
            "Keep voting: better overall, and about %(more)s more example decides the rest "
            "(%(gates)s).",
            "Keep voting: better overall, and about %(more)s more examples decide the rest "
            "(%(gates)s).",
            "more",
        )
    ),
    "next.keep_voting_close": text(
        _(
            "Keep voting: the rate (%(rate)s, %(interval)s) is too close to its limit for a "
            "forecast."
        ),
        **_RATE,
    ),
    "next.left_will_not_do": text(
        ngettext_lazy(
            "Probably undecided at the end: at the present rate the %(n)s example left will not "
            "do.",
            "Probably undecided at the end: at the present rate the %(n)s examples left will not "
            "do.",
            "n",
        )
    ),
    "next.intents_short": text(
        ngettext_lazy(
            "Probably undecided at the end: %(short)s of %(n)s intent has too few examples left.",
            "Probably undecided at the end: %(short)s of %(n)s intents have too few examples left.",
            "n",
        ),
        **_RATE,
    ),
    "next.better_but_intents_short": text(
        ngettext_lazy(
            "Probably undecided at the end: better overall (%(rate)s, %(interval)s), but "
            "%(short)s of %(n)s intent has too few examples left.",
            "Probably undecided at the end: better overall (%(rate)s, %(interval)s), but "
            "%(short)s of %(n)s intents have too few examples left.",
            "n",
        ),
        **_RATE,
    ),
    "next.intents_short_named": text(
        _("Probably undecided at the end: too few examples left in %(intents)s."), **_RATE
    ),
    "next.better_but_intents_short_named": text(
        _(
            "Probably undecided at the end: better overall (%(rate)s, %(interval)s), but too few "
            "examples left in %(intents)s."
        ),
        **_RATE,
    ),
    "next.takes_votes": text(
        ngettext_lazy(
            "That takes about %(votes)s vote.", "That takes about %(votes)s votes.", "votes"
        )
    ),
    "next.takes_votes_days": text(
        ngettext_lazy(
            "That takes about %(votes)s votes: %(days)s day at the present pace.",
            "That takes about %(votes)s votes: %(days)s days at the present pace.",
            "days",
        )
    ),
}
