"""Names of the kinds of rules, and sentences about rules that cannot be stored."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from datasets.inspections.voice_rules import VoiceKind
from reviewapp.core.texts import register, text

KINDS: Final[Mapping[VoiceKind, Promise]] = {
    VoiceKind.GREETING: _("Greeting"),
    VoiceKind.SIGN_OFF: pgettext_lazy("of an answer", "Sign-off"),
    VoiceKind.CALL_TO_ACTION: _("Call to action"),
    VoiceKind.POLICY: _("Citation of a policy"),
    VoiceKind.WORD: _("Forbidden words"),
    VoiceKind.LENGTH: _("Length"),
    VoiceKind.MARKUP: _("No markup"),
}

MEANINGS: Final[Mapping[VoiceKind, Promise]] = {
    VoiceKind.GREETING: _("The first answer begins with one of these texts."),
    VoiceKind.SIGN_OFF: _("The last answer ends with one of these texts."),
    VoiceKind.CALL_TO_ACTION: _("The last answer says one of these texts."),
    VoiceKind.POLICY: _("The example cites one of the chosen policies, or any if none is chosen."),
    VoiceKind.WORD: _("No answer contains one of these words."),
    VoiceKind.LENGTH: _("The last answer has a number of words within limits."),
    VoiceKind.MARKUP: _("No answer contains Markdown or HTML."),
}

register(
    {
        "voice.not_a_document": text(
            _("This is no export of a house voice: its format must be %(format)s.")
        ),
        "voice.too_many_rules": text(
            ngettext_lazy(
                "A house voice has at most %(n)s rule. Remove some.",
                "A house voice has at most %(n)s rules. Remove some.",
                "n",
            )
        ),
        "voice.key_twice": text(_("The key %(keys)s is used twice. Give each rule its own.")),
        "voice.in_rule": text(_("Rule %(number)s: %(reason)s")),
        "voice.no_key": text(_("Each rule is an object with a key.")),
        "voice.unknown_field": text(_("Remove the unknown field %(names)s.")),
        "voice.unknown_kind": text(_("The kind must be one of %(kinds)s.")),
        "voice.not_texts": text(_("“%(name)s” has a value that is not text. Correct it.")),
        "voice.not_a_number": text(_("“%(name)s” must be a whole number.")),
        "voice.not_a_choice": text(_("“%(name)s” must be true or false.")),
        "voice.bad_key": text(
            _("“%(key)s” cannot be a key. Use lower-case letters, digits and underscores.")
        ),
        "voice.bad_name": text(
            ngettext_lazy(
                "Give the rule a name of at most %(n)s character.",
                "Give the rule a name of at most %(n)s characters.",
                "n",
            )
        ),
        "voice.no_texts": text(_("Enter at least one text.")),
        "voice.text_too_long": text(
            ngettext_lazy(
                "Shorten each text to %(n)s character or fewer.",
                "Shorten each text to %(n)s characters or fewer.",
                "n",
            )
        ),
        "voice.too_many_texts": text(
            ngettext_lazy(
                "Enter at most %(n)s text; write a second rule for the others.",
                "Enter at most %(n)s texts; write a second rule for the others.",
                "n",
            )
        ),
        "voice.no_limit": text(_("Enter a lowest or highest number of words, from 1 to %(n)s.")),
        "voice.limits_cross": text(_("The highest number must not be below the lowest.")),
        "voice.better_is_forbidden": text(_("The better word contains the forbidden one.")),
        "voice.changed_meanwhile": text(
            _("The house voice was changed after you opened it. Look at it again, then save.")
        ),
    }
)
