"""The sentences of the statistics: why a figure is missing."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import register, text

register(
    {
        "stats.no_shared_examples": text(
            _("No example has votes of two raters yet, so agreement cannot be measured.")
        ),
        "stats.all_the_same": text(
            _(
                "Every shared vote came to the same score, so agreement cannot be "
                "distinguished from chance. Vote on more shared examples."
            )
        ),
        "stats.one_value_each": text(
            _(
                "Both raters used one and the same verdict throughout, so agreement cannot be "
                "distinguished from chance."
            )
        ),
        "stats.no_shared_pair": text(_("These two raters have not voted on the same example yet.")),
        "stats.no_correlation": text(
            _("The raters or the judge gave one and the same score to all examples.")
        ),
        "stats.lengths_alike": text(
            _(
                "The difference in length is about the same in all examples, so its effect cannot "
                "be measured."
            )
        ),
        "stats.no_latency": text(_("No latency was measured for one of the two models.")),
        "stats.no_cost": text(_("No cost was measured for one of the two models.")),
        "stats.baseline_latency_zero": text(
            _("The baseline's latency is 0, so there is nothing to compare with.")
        ),
        "stats.baseline_cost_zero": text(
            _("The baseline's cost is 0, so there is nothing to compare with.")
        ),
        "stats.no_answers": text(_("The candidate has not answered yet.")),
    }
)
