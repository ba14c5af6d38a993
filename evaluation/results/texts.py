"""What results say, in the language of their reader."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from evaluation.results.row_texts import OF_ROWS
from reviewapp.core.formats import language_name
from reviewapp.core.texts import register, text

register(
    {
        **OF_ROWS,
        "results.export_not_opened": text(
            _("This run has not been opened for votes, so there is nothing to export yet.")
        ),
        "results.parquet_missing": text(
            _("Parquet files need pyarrow, which is not installed. Run `make setup-parquet`.")
        ),
        "results.holds.undoable": text(
            _("It has all its votes and closes when the last can no longer be undone.")
        ),
        "results.holds.unread": text(
            ngettext_lazy(
                "It needs %(n)s more vote, but only %(readers)s of the other reviewers read "
                "%(language)s.",
                "It needs %(n)s more votes, but only %(readers)s of the other reviewers read "
                "%(language)s.",
                "n",
            ),
            language=language_name,
        ),
        "results.holds.unread_by_all": text(
            ngettext_lazy(
                "It needs %(n)s more vote, but no other reviewer reads %(language)s.",
                "It needs %(n)s more votes, but no other reviewer reads %(language)s.",
                "n",
            ),
            language=language_name,
        ),
        "results.holds.voted_by_all": text(
            ngettext_lazy(
                "It needs %(n)s more vote, but every reviewer has voted on it.",
                "It needs %(n)s more votes, but every reviewer has voted on it.",
                "n",
            )
        ),
        "results.holds.all_voted": text(
            ngettext_lazy(
                "It needs %(n)s more vote, but only %(readers)s of the reviewers have not voted "
                "on it.",
                "It needs %(n)s more votes, but only %(readers)s of the reviewers have not voted "
                "on it.",
                "n",
            )
        ),
        "results.holds.on_page": text(
            ngettext_lazy(
                "It needs %(n)s more vote and is on the page of %(people)s.",
                "It needs %(n)s more votes and is on the page of %(people)s.",
                "n",
            )
        ),
        "results.holds.skipped": text(
            ngettext_lazy(
                "It needs %(n)s more vote; skipped by %(people)s, who get it again at the end.",
                "It needs %(n)s more votes; skipped by %(people)s, who get it again at the end.",
                "n",
            )
        ),
        "results.holds.next": text(
            ngettext_lazy(
                "It needs %(n)s more vote and is served next.",
                "It needs %(n)s more votes and is served next.",
                "n",
            )
        ),
    }
)
