"""The sentences of the model registry."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from reviewapp.core.texts import register, text

register(
    {
        "registry.not_askable": text(
            _("The answers of %(name)s came from a file, so it cannot be asked.")
        ),
        "registry.not_served": text(
            _("%(name)s was tuned here and is not served yet. Serve it on its page first.")
        ),
        "registry.has_address": text(_("%(name)s has an address already. Register another model.")),
        "registry.trial_cut": text(
            ngettext_lazy(
                "The answer was cut at %(tokens)s token.",
                "The answer was cut at %(tokens)s tokens.",
                "tokens",
            )
        ),
        "registry.trial_declined": text(_("The service marked the answer as a refusal.")),
        "registry.trial_reasoning": text(
            _("The answer contains the model's reasoning; a run offers to remove it.")
        ),
        "registry.trial_template": text(
            _("The answer contains marks of a chat template; check the server.")
        ),
    }
)
