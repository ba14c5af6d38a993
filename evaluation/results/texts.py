"""What results say, in the language of their reader."""

from django.utils.translation import gettext_lazy as _

from evaluation.results.row_texts import OF_ROWS
from reviewapp.core.texts import register, text

register(
    {
        **OF_ROWS,
        "results.export_not_opened": text(
            _("This run has not been opened for votes, so there is nothing to export yet.")
        ),
    }
)
