"""The sentences of why a run cannot open, and of settings that make no sense."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from reviewapp.core import formats
from reviewapp.core.formats import percent
from reviewapp.core.texts import Text, text


def plain_number(value: float | None) -> str:
    """Return a number with as many decimals as it was entered with; a dash for None."""
    if value is None:
        return formats.NOTHING
    decimals = f"{value:.6f}".rstrip("0").partition(".")[2]
    return formats.decimal(value, len(decimals))


def _range(ends: Sequence[int]) -> str:
    return formats.count_range(*ends)


OF_OPENING: Final[dict[str, Text]] = {
    "gates.set_too_small": text(
        ngettext_lazy(
            "The set has %(examples)s example and needs at least %(needed)s for the overall "
            "win rate to pass %(threshold)s. Add examples.",
            "The set has %(examples)s examples and needs at least %(needed)s for the overall "
            "win rate to pass %(threshold)s. Add examples.",
            "examples",
        ),
        threshold=percent,
    ),
    "gates.intent_too_small": text(
        ngettext_lazy(
            "%(intent)s has %(examples)s example and needs at least %(needed)s to pass "
            "%(threshold)s. Merge it with other intents into a named group, or mark it "
            "watch-only.",
            "%(intent)s has %(examples)s examples and needs at least %(needed)s to pass "
            "%(threshold)s. Merge it with other intents into a named group, or mark it "
            "watch-only.",
            "examples",
        ),
        threshold=percent,
    ),
    "gates.intent_size": text("%(intent)s (%(examples)s)"),  # not translated: two parameters
    "gates.intents_too_small": text(
        ngettext_lazy(
            "%(n)s intent has fewer than the %(needed)s examples that a gate needs: "
            "%(intents)s. Merge it into a named group, or mark it watch-only.",
            "%(n)s intents have fewer than the %(needed)s examples that a gate needs: "
            "%(intents)s. Merge them into a named group, or mark them watch-only.",
            "n",
        ),
        needed=_range,
    ),
    "gates.no_examples": text(_("The set has no examples. Add examples before the run opens.")),
    "gates.no_votes_per_example": text(_("Each example needs at least one vote.")),
    "gates.unknown_intent": text(
        _("The settings name the intent %(intent)s, which the set does not have. Take it out.")
    ),
    "gates.settings_no_object": text(_("“%(name)s” must be a JSON object.")),
    "gates.settings_unknown": text(
        _("“%(name)s” has unknown settings: %(unknown)s. Known ones are %(known)s.")
    ),
    "gates.watch_only_no_list": text(_("The intents to watch must be a list of names.")),
    "gates.thresholds_no_object": text(
        _("The intents' own thresholds must be an object of name and number.")
    ),
    "gates.alpha_out_of_range": text(
        _("alpha must be a number above 0 and at most %(highest)s, for example 0.05."),
        highest=plain_number,
    ),
    "gates.overall_threshold_wrong": text(
        _("The overall threshold must be a number between 0 and 1, for example 0.5.")
    ),
    "gates.intents_threshold_wrong": text(
        _("The intents' threshold must be a number between 0 and 1, or none at all.")
    ),
    "gates.threshold_wrong": text(
        _("The threshold of %(intent)s must be a number between 0 and 1.")
    ),
    "gates.gated_and_watched": text(
        _("%(intent)s has a threshold of its own and is only watched: choose one.")
    ),
    "gates.run_number_wrong": text(_("The number of the run must be a whole number from 1.")),
    "gates.no_flag": text(_("%(name)s must be true or false.")),
    "gates.both_bad_limit_wrong": text(
        _("The limit of the both-bad share must be a number from 0 to 1.")
    ),
    "gates.min_raters_wrong": text(
        _("The fewest raters must be a whole number from 1 to %(highest)s.")
    ),
    "gates.max_rater_share_wrong": text(
        _("The largest share of one rater must be a number from 0 to 1.")
    ),
    "gates.min_agreement_wrong": text(_("The smallest agreement must be a number from -1 to 1.")),
    "gates.max_skip_share_wrong": text(
        _("The largest share of skips must be a number from 0 to 1.")
    ),
    "gates.ratio_wrong": text(_("%(name)s must be a number above 0.")),
    "gates.share_wrong": text(_("%(name)s must be a number from 0 to 1.")),
    "gates.refusals_reversed": text(_("The smallest share of refusals lies above the largest.")),
}
