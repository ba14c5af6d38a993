"""Sentences about text blocks that cannot be stored."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from reviewapp.core.texts import register, text

register(
    {
        "text_blocks.not_a_document": text(
            _("This is no export of text blocks: its format must be %(format)s.")
        ),
        "text_blocks.too_many": text(
            ngettext_lazy(
                "A project has at most %(n)s text block. Remove some.",
                "A project has at most %(n)s text blocks. Remove some.",
                "n",
            )
        ),
        "text_blocks.name_twice": text(
            _("The name %(names)s is used twice. Give each text block its own.")
        ),
        "text_blocks.in_block": text(_("Text block %(number)s: %(reason)s")),
        "text_blocks.no_object": text(_("Each text block is an object with a name and a text.")),
        "text_blocks.unknown_field": text(_("Remove the unknown field %(names)s.")),
        "text_blocks.not_text": text(_("“%(name)s” has a value that is not text. Correct it.")),
        "text_blocks.bad_name": text(
            ngettext_lazy(
                "Give the text block a name of at most %(n)s character.",
                "Give the text block a name of at most %(n)s characters.",
                "n",
            )
        ),
        "text_blocks.bad_text": text(
            ngettext_lazy(
                "Enter a text of at most %(n)s character.",
                "Enter a text of at most %(n)s characters.",
                "n",
            )
        ),
        "text_blocks.bad_language": text(_("Enter the code of a language, such as de.")),
        "text_blocks.bad_intents": text(
            ngettext_lazy(
                "Enter at most %(n)s intent, each with a short name.",
                "Enter at most %(n)s intents, each with a short name.",
                "n",
            )
        ),
        "text_blocks.bad_character": text(
            _("The text holds a NUL character, which cannot be stored. Remove it.")
        ),
        "text_blocks.name_taken": text(
            _("Another text block has this name. Change that one, or choose another name.")
        ),
        "text_blocks.changed_meanwhile": text(
            _(
                "The text block was changed after you opened it. Copy your text, open it again "
                "and merge both."
            )
        ),
    }
)
