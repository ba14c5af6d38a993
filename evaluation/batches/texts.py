"""The sentences of batches."""

from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import register, text

register(
    {
        "batches.not_offered": text(
            _("No provider of these models offers batches. Generate the answers one by one.")
        ),
        "batches.unknown_fallback": text(
            _("Choose what becomes of answers that a batch does not bring.")
        ),
        "batches.has_ended": text(
            _("This batch has ended or is being cancelled. Reload the page.")
        ),
        "batches.cancelled": text(_("Its batch was cancelled. Retry it, or continue without it.")),
        "batches.rejected": text(_("The provider rejected the batch: %(details)s")),
    }
)
