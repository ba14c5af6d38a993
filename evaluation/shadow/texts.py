"""The sentences of shadow checks."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from evaluation.shadow.signals import Signal
from reviewapp.core.formats import decimal
from reviewapp.core.texts import register, text

SIGNALS: Mapping[str, Promise] = {
    Signal.LENGTH: pgettext_lazy("of an answer", "Length"),
    Signal.LANGUAGE: _("Language"),
    Signal.REFUSAL: pgettext_lazy("of an answer", "Refusal"),
    Signal.STYLE: _("Style"),
    Signal.CITATION: _("Citation"),
    Signal.FORBIDDEN: _("Forbidden words"),
}


def _ratio(value: float) -> str:
    return decimal(value, 2)


_OF_SETS = {
    "shadow.unknown_example": text(_("This example is not in the project. Choose another one.")),
    "shadow.erased_example": text(_("The text of this example was erased.")),
    "shadow.not_approved": text(
        _("Only an approved example can be an archetype. Approve it first.")
    ),
    "shadow.in_test_split": text(
        _(
            "This example is in the test split of a version: people vote on its prompt. Choose "
            "another one."
        )
    ),
    "shadow.no_customer": text(_("No customer speaks in this example. Choose another one.")),
    "shadow.set_is_full": text(
        ngettext_lazy(
            "The set has its %(n)s prompt already. Remove one first.",
            "The set has its %(n)s prompts already. Remove one first.",
            "n",
        )
    ),
    "shadow.nothing_to_propose": text(
        _("No further approved example is outside the test splits. Approve more examples first.")
    ),
    "shadow.citation_pattern": text(
        _("A citation has up to %(limit)s stars and %(characters)s characters.")
    ),
    "shadow.citation_only_stars": text(
        _("Write what a citation looks like around the star, such as [*].")
    ),
    "shadow.forbidden_words": text(
        _("Up to %(limit)s forbidden words can be listed, each with up to %(characters)s letters.")
    ),
}
_OF_CHECKS = {
    "shadow.unknown_model": text(_("This model is not in the project. Choose another one.")),
    "shadow.no_archetypes": text(
        _("There is no prompt to ask. Choose archetypes from the golden examples first.")
    ),
    "shadow.under_way": text(_("%(name)s is being asked already. Wait, or cancel that check.")),
    "shadow.nothing_to_resume": text(_("Nothing is left to ask in this check. Start a new one.")),
    "shadow.has_ended": text(_("This check has ended. Start a new one.")),
    "shadow.nothing_to_rate": text(_("There is no answer to rate here. Reload the page.")),
    "shadow.no_text": text(_("The model answered without a word.")),
}
_OF_SIGNALS = {
    "shadow.length": text(_("%(ratio)s times as long as the golden answer"), ratio=_ratio),
    "shadow.same_language": text(_("in the language of the golden answer: %(language)s")),
    "shadow.other_language": text(_("in %(language)s, the golden answer in %(golden)s")),
    "shadow.helps": text(_("helps, as the golden answer does")),
    "shadow.declines_too": text(_("declines, as the golden answer does")),
    "shadow.declines": text(_("declines, where the golden answer helps")),
    "shadow.does_not_decline": text(_("helps, where the golden answer declines")),
    "shadow.style_kept": text(_("keeps the style rules")),
    "shadow.style_broken": text(_("breaks: %(broken)s")),
    "shadow.style.no_markdown": text(_("no Markdown")),
    "shadow.style.no_emoji": text(_("no emoji")),
    "shadow.style.no_exclamation": text(_("no exclamation marks")),
    "shadow.style.max_words": text(
        ngettext_lazy(
            "at most %(limit)s words (it has %(n)s)",
            "at most %(limit)s words (it has %(n)s)",
            "n",
        )
    ),
    "shadow.cites": text(_("cites")),
    "shadow.no_citation": text(_("lacks a citation like %(pattern)s")),
    "shadow.citation_not_needed": text(_("neither answer cites")),
    "shadow.no_forbidden": text(_("has none")),
    "shadow.forbidden": text(_("has: %(words)s")),
}
register({**_OF_SETS, **_OF_CHECKS, **_OF_SIGNALS})
