"""The sentences of preferences."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import register, text

LEFT_OUT: Final[dict[str, str | Promise]] = {
    "undecided": _("The votes do not decide it by this rule"),
    "identical": _("Both answers are the same"),
    "test_split": _("The prompt is in a test split that still judges models"),
    "gold_check": _("It is a gold check"),
    "not_counted": _("It was withdrawn, reported as broken or not voted to the end"),
    "retired": _("Its golden example is retired"),
    "erased": _("Its text was erased"),
    "marks": _("An answer is empty or holds reasoning or template marks"),
    "cut": _("The preferred answer was cut at its token limit"),
    "repeated": _("The same pair was found before"),
    "contradicted": _("The votes of two runs contradict each other"),
}
"""Why a comparison gives no pair, by code; the order is that of the page."""

register(
    {
        "preferences.choose_runs": text(_("Choose from 1 to %(limit)s closed runs.")),
        "preferences.unknown_run": text(_("A run is not in this project. Reload the page.")),
        "preferences.not_closed": text(
            _("The run “%(run)s” is not closed. Close it first, or choose another run.")
        ),
        "preferences.test_split": text(
            _(
                "The run “%(run)s” is on the test split of version %(number)s, which still judges "
                "models. Retire that split first."
            )
        ),
        "preferences.none": text(
            _("These votes decide no pair by this rule. Choose another rule or more runs.")
        ),
        "preferences.exists": text(_("These are the pairs of set %(number)s. Use that set.")),
        "preferences.min_votes": text(
            _("The votes for the preferred answer are a number from 1 to %(limit)s.")
        ),
        "preferences.digest": text(
            _("The pairs of set %(number)s are not those that were frozen. Tell an administrator.")
        ),
        "preferences.unknown_set": text(_("This project has no set of preferences %(number)s.")),
    }
)
