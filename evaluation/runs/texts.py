"""The sentences of runs and their answers."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from evaluation.runs.row_texts import OF_ROWS
from reviewapp.core import formats
from reviewapp.core.texts import register, text

register(
    {
        **OF_ROWS,
        "runs.long_wait": text(
            _("%(cause)s It asks for a wait of %(hours)s hours. Resume after that."),
            hours=lambda hours: formats.decimal(hours, 1),
        ),
        "runs.only_rate_limits": text(
            ngettext_lazy(
                "%(cause)s It has done nothing else for %(minutes)s minute. Find out why, then "
                "resume.",
                "%(cause)s It has done nothing else for %(minutes)s minutes. Find out why, then "
                "resume.",
                "minutes",
            )
        ),
        "runs.only_marks": text(
            _("The answer held nothing but reasoning and marks of a chat template.")
        ),
        "runs.title_names_model": text(
            _(
                "The title “%(title)s” contains “%(name)s”, which reviewers must not know. Change "
                "the title."
            )
        ),
        "runs.too_few_reviewers": text(
            ngettext_lazy(
                "The run has %(reviewers)s reviewer and needs %(needed)s: an example closes with "
                "up to %(votes)s votes, and the gates need %(min_raters)s raters. Add reviewers, "
                "or ask for fewer votes.",
                "The run has %(reviewers)s reviewers and needs %(needed)s: an example closes with "
                "up to %(votes)s votes, and the gates need %(min_raters)s raters. Add reviewers, "
                "or ask for fewer votes.",
                "reviewers",
            )
        ),
        "runs.answers_missing": text(
            ngettext_lazy(
                "%(n)s comparison lacks an answer. Retry what failed, or continue without it.",
                "%(n)s comparisons lack an answer. Retry what failed, or continue without them.",
                "n",
            )
        ),
        "runs.answers_pending": text(_("Some answers are still to come. Wait for them.")),
        # Translators: the error that a file of answers gives in place of an answer.
        "runs.imported_error": text("%(error)s"),  # not translated: the text of the file
    }
)
