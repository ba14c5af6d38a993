"""The sentences of judges: why one cannot be asked, why it stopped, and what to doubt about it."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from reviewapp.core import formats
from reviewapp.core.texts import register, text


def usd(value: float) -> str:
    """Return an amount of US dollars, "$1.25"; small ones with four decimals."""
    return f"${formats.decimal(value, 2 if value >= 1 or value == 0 else 4)}"


def usd_of(value: Decimal | None) -> str:
    """Return an amount of US dollars; a dash for None."""
    return "–" if value is None else usd(float(value))


register(
    {
        "judge.rubric_empty": text(_("The rubric is empty. Write what the judge shall weigh.")),
        "judge.rubric_too_long": text(
            ngettext_lazy(
                "The rubric has %(length)s characters; it may have %(limit)s. Shorten it.",
                "The rubric has %(length)s characters; it may have %(limit)s. Shorten it.",
                "limit",
            )
        ),
        "judge.unknown_placeholder": text(
            _("“%(name)s” is not a placeholder. Known are %(known)s.")
        ),
        "judge.placeholder_missing": text(
            _("The placeholder %(name)s is missing. Put it where the judge shall read it.")
        ),
        "judge.placeholder_twice": text(
            _("The placeholder %(name)s occurs more than once. Leave one.")
        ),
        "judge.rubric_unchanged": text(_("Nothing changed. Edit the text to add a version.")),
        "judge.temperature": text(_("The temperature lies between 0 and 2, or is left empty.")),
        "judge.reply_tokens": text(_("A reply may have between 1 and %(limit)s tokens.")),
        "judge.cap_positive": text(_("A cap is larger than 0. Leave it empty for no cap.")),
        "judge.no_prices": text(
            _("%(name)s has no prices, so a cap in dollars cannot be kept. Set a cap in tokens.")
        ),
        "judge.unknown_model": text(_("This model is not in the project. Choose another one.")),
        "judge.no_such_model": text(
            _("No model “%(name)s” of this project can be asked. Those that can: %(known)s.")
        ),
        "judge.none_askable": text(
            _("No model of this project can be asked. Register one with its endpoint.")
        ),
        "judge.no_such_rubric": text(
            _("The project has no rubric %(number)s. Its latest version is %(latest)s.")
        ),
        "judge.answers_first": text(
            _("The run does not have all its answers yet. Ask a judge when it has.")
        ),
        "judge.one_at_a_time": text(
            _("Another judge is at work on this run. Wait for it, or cancel it.")
        ),
        "judge.nothing_to_judge": text(
            _("No comparison of this run has two answers that can be judged.")
        ),
        "judge.not_stopped": text(_("This judge is not stopped. Reload the page.")),
        "judge.has_ended": text(_("This judge has ended. Start a new one.")),
        "judge.cost_cap": text(
            _("The cap of %(cap)s is reached: %(spent)s are spent. Raise the cap to continue."),
            cap=usd,
            spent=usd,
        ),
        "judge.token_cap": text(
            _("The cap of %(cap)s tokens is reached: %(spent)s are used. Raise it to continue.")
        ),
        "judge.invalid_verdict": text(
            _("The reply held no verdict in the form that was asked for.")
        ),
        "judge.cut_verdict": text(
            _("The reply was cut before its verdict. Allow more tokens, or another model.")
        ),
        "judge.judge_declined": text(_("The service marked the reply as a refusal.")),
        "judge.is_compared": text(
            _("%(judge)s is one of the compared models. A judge favours its own answers.")
        ),
        "judge.same_base": text(
            _(
                "%(judge)s and %(model)s come from the same model, %(base)s. A judge favours "
                "its own kind."
            )
        ),
        "judge.same_family": text(
            _(
                "%(judge)s and %(model)s are of one family, “%(family)s”. A judge favours its "
                "own kind."
            )
        ),
        "judge.same_provider": text(
            _("%(judge)s and %(model)s are served by %(host)s. Check that they are not related.")
        ),
    }
)
