"""The sentences of runs and their answers, and the names of states and splits."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from evaluation.runs.criteria import StandardCriterion
from evaluation.runs.lifecycle import WITHDRAWALS, RunAction, RunState
from evaluation.runs.row_texts import OF_ROWS
from reviewapp.core import formats
from reviewapp.core.texts import Text, register, text

RUN_STATE_LABELS: Final[dict[str, str | Promise]] = {
    RunState.DRAFT.value: _("being set up"),
    RunState.GENERATING.value: _("generating answers"),
    RunState.VOTING.value: _("open for votes"),
    RunState.CLOSED.value: _("closed"),
}
"""The names of the states, by their stored value."""

SPLIT_OF_VERSION: Final[Mapping[str, Promise]] = {
    "train": _("Version %(number)s, training split"),
    "validation": _("Version %(number)s, validation split"),
    "test": _("Version %(number)s, test split"),
}
"""The names of the splits of a dataset version."""

CRITERION_QUESTIONS: Final[Mapping[str, Promise]] = {
    StandardCriterion.REFUSAL_ACCURACY: _("Which one refuses what it should, and nothing else?"),
    StandardCriterion.CITATION_FAITHFULNESS: _("Which one says only what its sources say?"),
    StandardCriterion.MULTILINGUAL_CLARITY: _("Which one is clearer in the customer's language?"),
    StandardCriterion.TONE: _("Which one has the better tone?"),
}
"""What reviewers are asked about the standard criteria."""


_WITHDRAWN_TOO_LATE: Final = _(
    "Comparisons cannot be withdrawn from this run now; it is %(state)s. Reload the page."
)
_NOT_POSSIBLE: Final[Mapping[RunAction, Promise]] = {
    RunAction.CHANGE_TERMS: _(
        "The terms of this run cannot be changed now; it is %(state)s. Reload the page."
    ),
    RunAction.START_GENERATION: _(
        "The answers of this run cannot be generated now; it is %(state)s. Reload the page."
    ),
    RunAction.PAUSE: _("This run cannot be paused now; it is %(state)s. Reload the page."),
    RunAction.RESUME: _("This run cannot be resumed now; it is %(state)s. Reload the page."),
    RunAction.RETRY_FAILED: _(
        "The failed answers of this run cannot be retried now; it is %(state)s. Reload the page."
    ),
    RunAction.CONTINUE_WITHOUT_FAILED: _(
        "This run cannot continue without its failed answers now; it is %(state)s. Reload the page."
    ),
    RunAction.REMOVE_MARKS: _(
        "Marks cannot be removed from these answers now; the run is %(state)s. Reload the page."
    ),
    **dict.fromkeys((*WITHDRAWALS, RunAction.WITHDRAW_TRAINED), _WITHDRAWN_TOO_LATE),
    RunAction.KEEP_TRAINED: _(
        "The prompts of this run are fixed now; it is %(state)s. Reload the page."
    ),
    RunAction.OPEN_VOTING: _(
        "This run cannot be opened for votes now; it is %(state)s. Reload the page."
    ),
    RunAction.WITHDRAW_COMPARISON: _WITHDRAWN_TOO_LATE,
    RunAction.CLOSE: _("This run cannot be closed now; it is %(state)s. Reload the page."),
    RunAction.REVEAL: _(
        "The models of this run cannot be revealed now; it is %(state)s. Reload the page."
    ),
}


def _not_possible(sentence: Promise) -> Text:
    def write(params: Mapping[str, Any]) -> str:
        return str(sentence) % {"state": RUN_STATE_LABELS[params["state"]]}

    return write


register({f"runs.no_{action}": _not_possible(reason) for action, reason in _NOT_POSSIBLE.items()})

register(
    {
        "runs.untitled": text(_("Run %(number)s"), number=str),
        "runs.test_split_retired": text(
            _("The test split of version %(number)s judges no model any more. Choose another one.")
        ),
        "runs.test_split_in_use": text(
            _("The run “%(run)s” on the test split of version %(number)s is open. Close it first.")
        ),
        "runs.upload_failed": text(
            _("No run was made: names or roles have changed meanwhile. Upload the files again.")
        ),
        "runs.upload_name_taken": text(
            _("No run was made: “%(name)s” exists by now. Upload the files under another name.")
        ),
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
        "runs.too_few_readers": text(
            ngettext_lazy(
                "%(n)s example in %(language)s needs up to %(votes)s votes; reviewers who read "
                "it: %(readers)s. Add reviewers.",
                "%(n)s examples in %(language)s need up to %(votes)s votes each; reviewers who "
                "read it: %(readers)s. Add reviewers.",
                "n",
            ),
            language=formats.language_name,
        ),
        "runs.answers_missing": text(
            ngettext_lazy(
                "%(n)s comparison lacks an answer. Retry what failed, or continue without it.",
                "%(n)s comparisons lack an answer. Retry what failed, or continue without them.",
                "n",
            )
        ),
        "runs.votes_out_of_range": text(_("Each example needs between 1 and %(limit)s votes.")),
        "runs.overlap_votes_out_of_range": text(
            _(
                "An example of the overlap set needs at least as many votes as the others, and at "
                "most %(limit)s."
            )
        ),
        "runs.overlap_percent_out_of_range": text(
            _("The overlap set is between 0 and 100 percent of the examples.")
        ),
        "runs.gold_out_of_range": text(
            _(
                "Gold checks are 0 to %(percent)s percent, and a training round has up to "
                "%(examples)s of them."
            )
        ),
        "runs.too_many_criteria": text(
            ngettext_lazy(
                "A run asks about at most %(limit)s criterion.",
                "A run asks about at most %(limit)s criteria.",
                "limit",
            )
        ),
        "runs.unknown_criterion": text(
            _("“%(criterion)s” is no standard criterion. Choose another, or write an own one.")
        ),
        "runs.own_criterion": text(
            _(
                "An own criterion needs a name of up to %(name)s characters and a question of up "
                "to %(question)s, each in one line."
            )
        ),
        "runs.criterion_twice": text(_("Two criteria have the same name. Rename one.")),
        "runs.too_few_gold_checks": text(
            _(
                "The run needs %(needed)s gold checks and the project has %(found)s that it can "
                "use. Add gold checks, or ask for fewer."
            )
        ),
        "runs.intent_name_length": text(
            _("The name of an intent needs 1 to %(limit)s characters.")
        ),
        "runs.unknown_intent": text(
            _("The set has no intent “%(intent)s”. Remove it from “%(group)s”.")
        ),
        "runs.intent_twice": text(_("“%(intent)s” is in two rows. Leave it in one.")),
        "runs.group_twice": text(
            _("Two rows of intents have the same name. Rename one, or merge them.")
        ),
        "runs.leaked_prompts": text(
            ngettext_lazy(
                "The candidate was trained on %(n)s of these prompts: %(prompts)s. Leave it out, "
                "or choose other prompts.",
                "The candidate was trained on %(n)s of these prompts: %(prompts)s. Leave them out, "
                "or choose other prompts.",
                "n",
            ),
            prompts=lambda prompts: formats.listed(
                [gettext("“%(name)s”") % {"name": prompt} for prompt in prompts]
            ),
        ),
        "runs.trained_prompts": text(
            ngettext_lazy(
                "%(n)s prompt is like what a model was trained on. Withdraw it or keep it, below.",
                "%(n)s prompts are like what a model was trained on. Withdraw or keep them, below.",
                "n",
            )
        ),
        "runs.nothing_to_keep": text(
            _("No prompt waits for this decision any more. Reload the page.")
        ),
        "runs.nothing_would_be_left": text(
            _("Every comparison has such an answer. Set up a new run instead.")
        ),
        "runs.answers_pending": text(_("Some answers are still to come. Wait for them.")),
        # Translators: the error that a file of answers gives in place of an answer.
        "runs.imported_error": text("%(error)s"),  # not translated: the text of the file
    }
)
