"""What is said about rows of files with prompts or answers."""

from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import text

_NUMBER_FROM_0 = text(_("`%(name)s` is not a number from 0. Correct or remove it."))
OF_ROWS = {
    "runs.no_id": text(_("The row has no `id`. Give each row its own.")),
    "runs.id_too_long": text(_("`id` has more than %(limit)s characters. Shorten it.")),
    "runs.duplicate_id": text(
        _("The id “%(id)s” is on an earlier line already. Give each row its own.")
    ),
    "runs.duplicate_id.other_content": text(
        _("The id “%(id)s” has other content on line %(line)s. Give each row its own id.")
    ),
    "runs.in_file": text(_("In %(name)s: %(cause)s")),
    "runs.answer_without_prompt": text(
        _("The answer “%(id)s” has no prompt. Add the prompt, or remove the answer.")
    ),
    "runs.no_answer_in_file": text(_("“%(id)s” has no answer in %(name)s. Add it.")),
    "runs.prompt_under_other_name": text(
        _("The prompt must be called user, prompt or messages. Rename “%(key)s”.")
    ),
    "runs.no_customer_message": text(
        _("The row has no message of a customer. Add one with the role user.")
    ),
    "runs.answer_not_text": text(_("`%(name)s` is not text. Put the answer in quotes.")),
    "runs.answer_not_text.missing": text(
        _("`%(name)s` is missing. Write the answer, or its error as `error`.")
    ),
    "runs.answer_not_text.response": text(
        _("`%(name)s` is a whole response. Give the text of its message as `content`.")
    ),
    "runs.bad_served": text(_("`served` is not a whole number from 1. Correct or remove it.")),
    "runs.bad_votes_needed": text(
        _("`votes_needed` is not a whole number from 1. Correct or remove it.")
    ),
    "runs.bad_latency_ms": _NUMBER_FROM_0,
    "runs.bad_prompt_tokens": _NUMBER_FROM_0,
    "runs.bad_completion_tokens": _NUMBER_FROM_0,
    "runs.bad_cost_usd": _NUMBER_FROM_0,
    "runs.run_is_fixed.other_content": text(
        _(
            "“%(id)s” has other content in the run “%(run)s”, whose examples are fixed. "
            "Make a new run."
        )
    ),
    "runs.run_is_fixed.not_in_run": text(
        _("“%(id)s” is not in the run “%(run)s”, whose examples are fixed. Make a new run.")
    ),
}
