"""The sentences of findings."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from reviewapp.core.texts import register, text

PERSONAL_DATA: Final[Mapping[str, str | Promise]] = {
    "email": _("email address"),
    "phone": _("telephone number"),
    "iban": _("IBAN"),
    "card": _("card number"),
    "ip": _("IP address"),
    "us_ssn": _("US social security number"),
    "gb_nino": _("UK national insurance number"),
    "gb_nhs": _("UK NHS number"),
    "de_tax_id": _("German tax ID"),
    "es_dni": _("Spanish DNI"),
    "es_nie": _("Spanish NIE"),
    "it_codice_fiscale": _("Italian codice fiscale"),
    "nl_bsn": _("Dutch BSN"),
    "fr_nir": _("French NIR"),
    "name": _("name of a person"),
    "address": _("postal address"),
}
"""Names of the kinds of personal data, by the kind of a `Span`."""


def _kind(kind: str) -> str:
    return str(PERSONAL_DATA[kind])


register(
    {
        "inspections.missing_system": text(
            _("The system message is missing. Add the one that the model will be given.")
        ),
        "inspections.late_system": text(
            _("A system message must come first. Move it to the beginning or remove it.")
        ),
        "inspections.assistant_first": text(
            _("The assistant speaks first. Check whether a customer message was lost.")
        ),
        "inspections.user_twice": text(
            _("The customer speaks twice in a row. Merge the two messages.")
        ),
        "inspections.assistant_twice": text(
            _("The assistant speaks twice in a row. Merge the two messages.")
        ),
        "inspections.no_user_message": text(_("There is no customer message. Add one.")),
        "inspections.no_assistant_message": text(
            _("There is no assistant message, so there is nothing to learn. Write one.")
        ),
        "inspections.no_final_answer": text(
            _("The last message is not the assistant's. Write the answer, or remove this message.")
        ),
        "inspections.placeholder": text(
            _("%(placeholder)s of a text block is not filled in. Write what belongs there.")
        ),
        "inspections.nothing_to_learn": text(
            _("Every answer has weight 0, so nothing is learned. Give one answer weight 1.")
        ),
        "inspections.empty_message": text(_("This message is empty. Write its text or remove it.")),
        "inspections.example_too_long": text(
            ngettext_lazy(
                "The example has %(tokens)s token; the limit is %(limit)s. Training would cut off "
                "its end. Shorten it.",
                "The example has %(tokens)s tokens; the limit is %(limit)s. Training would cut "
                "off its end. Shorten it.",
                "tokens",
            )
        ),
        "inspections.message_too_long": text(
            ngettext_lazy(
                "This message has %(tokens)s token; the limit is %(limit)s. Shorten it.",
                "This message has %(tokens)s tokens; the limit is %(limit)s. Shorten it.",
                "tokens",
            )
        ),
        "inspections.unknown_tool": text(
            _("The tool %(name)s is called, but the example does not offer it. Correct the call.")
        ),
        "inspections.bad_arguments": text(
            _("The arguments of %(name)s are not a JSON object. Correct them.")
        ),
        "inspections.answers_no_call": text(
            _("This message answers no earlier tool call. Correct its `tool_call_id`.")
        ),
        "inspections.special_token": text(
            _("%(token)s is a special token of the chat format. Remove it from the text.")
        ),
        "inspections.invisible_character": text(
            _("%(character)s (%(name)s) is invisible, but the model learns it. Remove it.")
        ),
        "inspections.invisible_characters": text(
            ngettext_lazy(
                "%(character)s (%(name)s) and %(more)s more character are invisible, but the model "
                "learns them. Remove them.",
                "%(character)s (%(name)s) and %(more)s more characters are invisible, but the "
                "model learns them. Remove them.",
                "more",
            )
        ),
        "inspections.personal_data": text(
            # Translators: %(kind)s is a name such as “email address” or “Spanish DNI”.
            _("Possible personal data: %(kind)s. Replace it with %(replacement)s."),
            kind=_kind,
        ),
        "inspections.hidden_personal_data": text(
            # Translators: %(kind)s is a name such as “email address” or “Spanish DNI”.
            _("Possible personal data in a tool call or refusal: %(kind)s. Remove it."),
            kind=_kind,
        ),
        "inspections.names_not_read": text(
            _("Names were looked for in the first %(limit)s characters only. Read the rest.")
        ),
        "inspections.too_many_numbers": text(
            ngettext_lazy(
                "Over %(limit)s number may be a telephone number; the rest were not checked. "
                "Shorten the example.",
                "Over %(limit)s numbers may be telephone numbers; the rest were not checked. "
                "Shorten the example.",
                "limit",
            )
        ),
        "inspections.language_unknown": text(
            _(
                "The language %(language)s is not one of the project's (%(languages)s). Correct "
                "it, or ask a lead to add it."
            )
        ),
        "inspections.language_mismatch": text(
            _(
                "The example is labelled %(language)s, but the text looks like %(detected)s. "
                "Correct the label or the text."
            )
        ),
        "inspections.more_findings": text(
            ngettext_lazy(
                "There is %(more)s more finding. It appears after these are resolved.",
                "There are %(more)s more findings. They appear after these are resolved.",
                "more",
            )
        ),
        "inspections.exact_duplicate": text(
            _("Example %(example)s has exactly the same messages. Retire one of the two."),
            example=str,
        ),
        "inspections.voice_greeting": text(
            ngettext_lazy(
                "%(rule)s: the first answer must begin with “%(wanted)s”.",
                "%(rule)s: the first answer must begin with one of %(n)s greetings, such as "
                "“%(wanted)s”.",
                "n",
            )
        ),
        "inspections.voice_sign_off": text(
            ngettext_lazy(
                "%(rule)s: the last answer must end with “%(wanted)s”.",
                "%(rule)s: the last answer must end with one of %(n)s sign-offs, such as "
                "“%(wanted)s”.",
                "n",
            )
        ),
        "inspections.voice_call_to_action": text(
            ngettext_lazy(
                "%(rule)s: the last answer must say “%(wanted)s”.",
                "%(rule)s: the last answer must say one of %(n)s texts, such as “%(wanted)s”.",
                "n",
            )
        ),
        "inspections.voice_policy": text(
            _("%(rule)s: the example must cite a policy. Choose it among the labels.")
        ),
        "inspections.voice_policies": text(
            _("%(rule)s: the example must cite %(policies)s. Choose it among the labels.")
        ),
        "inspections.voice_word": text(_("%(rule)s: do not write “%(word)s”.")),
        "inspections.voice_better_word": text(
            _("%(rule)s: write “%(better)s” instead of “%(word)s”.")
        ),
        "inspections.voice_too_short": text(
            ngettext_lazy(
                "%(rule)s: the last answer has %(words)s words and needs at least %(limit)s word.",
                "%(rule)s: the last answer has %(words)s words and needs at least %(limit)s.",
                "limit",
            )
        ),
        "inspections.voice_too_long": text(
            ngettext_lazy(
                "%(rule)s: the last answer has %(words)s words; the limit is %(limit)s word.",
                "%(rule)s: the last answer has %(words)s words; the limit is %(limit)s.",
                "limit",
            )
        ),
        "inspections.voice_markup": text(_("%(rule)s: answers have no markup. Write plain text.")),
        "inspections.not_checked": text(
            ngettext_lazy(
                "Texts over %(limit)s character are not checked while you type. Save to check "
                "them.",
                "Texts over %(limit)s characters are not checked while you type. Save to check "
                "them.",
                "limit",
            )
        ),
    }
)
