"""The sentences of local trainings."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from reviewapp.core.texts import register, text

register(
    {
        "local.name": text(
            ngettext_lazy(
                "The name has up to %(limit)s character: letters without accents, digits, -, _ "
                "and dots.",
                "The name has up to %(limit)s characters: letters without accents, digits, -, _ "
                "and dots.",
                "limit",
            )
        ),
        "local.not_below": text(
            _("There is no such file or folder below %(folders)s. Put the model there.")
        ),
        "local.not_a_model": text(
            _("%(name)s is neither a GGUF file nor a folder with config.json. Choose another one.")
        ),
        "local.no_template": text(
            _("%(name)s has no chat template. Choose a model that was tuned for chat.")
        ),
        "local.name_taken": text(
            _("“%(name)s” is registered with other files. Choose another name.")
        ),
        "local.unknown_base": text(
            _("No base model “%(name)s” is registered here. An operator registers it by command.")
        ),
    }
)
