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
        "local.base_missing": text(
            _("The machine of the worker lacks the base model %(name)s. Copy it there.")
        ),
        "local.base_differs": text(
            _("The base model %(name)s of the worker's machine is not the registered one.")
        ),
        "local.files_missing": text(
            _("A file of this training is missing in the storage. Start a new training.")
        ),
        "local.failed": text(_("The trainer ended with an error: %(details)s")),
        "local.crashed": text(
            ngettext_lazy(
                "The trainer was killed %(n)s time without a step in between. Choose a smaller "
                "batch, which needs less memory.",
                "The trainer was killed %(n)s times without a step in between. Choose a smaller "
                "batch, which needs less memory.",
                "n",
            )
        ),
        "local.too_long": text(
            _("Conversations are longer than the model's context. Shorten them. (%(details)s)")
        ),
        "local.template_rewrites": text(
            _("The model's chat template does not fit these conversations. (%(details)s)")
        ),
        "local.no_learnt_tokens": text(
            _("The file has no answer to learn from. Freeze a version with answers. (%(details)s)")
        ),
        "local.base_unreadable": text(
            _("The base model cannot be read. Choose another one. (%(details)s)")
        ),
        "local.not_read": text(_("The trainer does not read this file. (%(details)s)")),
        "local.serving_ended": text(
            _("The server of this model ended. The worker's log says why; serve it again.")
        ),
        "local.not_gguf": text(
            _("%(name)s is no GGUF model. Serve it by vLLM, then use “manage.py serve_model”.")
        ),
        "local.port_taken": text(
            _("Another program uses port %(port)s. Stop it, then serve the model again."), port=str
        ),
        "local.served_by_worker": text(_("A worker started its server and entered the address.")),
        "local.not_tuned_here": text(
            _("%(name)s was not tuned on this installation, so it is not served here.")
        ),
        "local.served_elsewhere": text(_("%(name)s is served by another server already.")),
        "local.is_served": text(_("%(name)s is served already.")),
        "local.is_not_served": text(_("%(name)s is not served. Reload the page.")),
        "local.too_many_served": text(
            ngettext_lazy(
                "%(limit)s model is served at a time. Stop another one first.",
                "%(limit)s models are served at a time. Stop another one first.",
                "limit",
            )
        ),
        "local.unknown_base": text(
            _("No base model “%(name)s” is registered here. An operator registers it by command.")
        ),
    }
)
