"""What is said about rows of files with votes."""

from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import text


def _words(names: list[str]) -> str:
    return ", ".join(names)


OF_ROWS = {
    "results.no_id": text(_("`id` is not the id of an example of the run. Correct it.")),
    "results.no_rater": text(
        _("`%(key)s` is not a name of 1 to %(limit)s characters. Correct or shorten it.")
    ),
    "results.verdict_unknown": text(
        _("`verdict` is none of %(verdicts)s. Use one of them."), verdicts=_words
    ),
    "results.criteria_malformed": text(
        _("`criteria` is no object of criterion and one of %(verdicts)s. Correct it."),
        verdicts=_words,
    ),
    "results.criterion_unknown": text(
        _("The run has no criterion “%(criterion)s”. It has: %(known)s."), known=_words
    ),
    "results.criterion_missing": text(
        _("`criteria` lacks “%(criterion)s”, which has a gate. Add its verdict.")
    ),
    "results.vote_differs.criteria": text(
        _("“%(rater)s” already voted differently on the criteria of this example.")
    ),
    "results.left_unknown": text(
        _("`left` is neither candidate nor baseline. Correct or remove it.")
    ),
    "results.rationale_malformed": text(
        _("`rationale` is not a text of at most %(limit)s characters. Correct or shorten it.")
    ),
    "results.reasons_malformed": text(
        _("`reasons` is no object of model and a list of %(codes)s. Correct it."), codes=_words
    ),
    "results.reasons_without_side": text(
        _("`reasons` without `left`: which side they are about is not known. Add `left`.")
    ),
    "results.recognised_malformed": text(
        _("`recognised` is neither true nor false. Correct or remove it.")
    ),
    "results.at_malformed": text(_("`at` is not a time such as 2026-05-12T09:30:00Z. Correct it.")),
    "results.at_malformed.year": text(
        _("`at` is in the year %(year)s. Leave out an unknown time."), year=str
    ),
    "results.id_unknown": text(_("The run has no example with the id “%(id)s”.")),
    "results.example_set_aside": text(_("This example was removed from the run.")),
    "results.rater_votes_here": text(
        _("“%(rater)s” is a member who votes in this run. Use another name.")
    ),
    "results.rater_removed": text(_("The votes of “%(rater)s” were removed by a rule.")),
    "results.outcome_incomplete": text(
        _("`left` or `at` is missing: an outcome needs both. Add what is missing.")
    ),
    "results.note_malformed": text(
        _("`note` is not a text of at most %(limit)s characters. Correct or shorten it.")
    ),
    "results.decided_here": text(_("A lead decided on this example here. That outcome stays.")),
    "results.vote_differs.verdict": text(
        _("“%(rater)s” already voted %(verdict)s on this example. The first vote counts.")
    ),
    "results.vote_differs.left": text(
        _("“%(rater)s” already voted with the %(left)s on the left. The first vote counts.")
    ),
}
