"""The sentences of trainings."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from reviewapp.core import formats
from reviewapp.core.texts import register, text


def usd(value: float) -> str:
    """Return an amount of US dollars to the cent: "$12.50"."""
    return f"${formats.decimal(float(value), 2)}"


def _range(params: Mapping[str, Any]) -> str:
    """Return the limits of a number, with one end or both."""
    shown = {**params, "low": _number(params["low"]), "high": _number(params["high"])}
    if params["high"] is None:
        return gettext("%(name)s is larger than %(low)s, or left empty.") % shown
    return gettext("%(name)s lies between %(low)s and %(high)s, or is left empty.") % shown


def _loss(value: float) -> str:
    return formats.decimal(value, 4)


def _number(value: float | None) -> str:
    if value is None:
        return formats.NOTHING
    return formats.count(int(value)) if value == int(value) else formats.decimal(value, 2)


register(
    {
        "training.unknown_provider": text(
            _("There is no training provider “%(kind)s”. Choose another one.")
        ),
        "training.registered_by_worker": text(
            _("A worker registered it at the end of training %(number)s."), number=str
        ),
        "training.trainer_started": text(
            ngettext_lazy(
                "Started on %(device)s: %(steps)s step",
                "Started on %(device)s: %(steps)s steps",
                "steps",
            )
        ),
        "training.trainer_resumed": text(
            _("Continued at step %(step)s of %(steps)s on %(device)s")
        ),
        "training.trainer_evaluation": text(
            _("Validation loss %(loss)s at step %(step)s"), loss=_loss
        ),
        "training.trainer_checkpoint": text(_("Kept the adapter after epoch %(epoch)s")),
        "training.trainer_paused": text(_("Paused at step %(step)s of %(steps)s")),
        "training.trainer_cancelled": text(_("Cancelled at step %(step)s of %(steps)s")),
        "training.trainer_succeeded": text(
            ngettext_lazy("Finished %(steps)s step", "Finished %(steps)s steps", "steps")
        ),
        "training.unknown_version": text(
            _("This dataset version is not in the project. Choose another one.")
        ),
        "training.no_examples": text(
            _("The training file of this version is empty. Freeze a version with examples.")
        ),
        "training.no_files": text(_("The files of the version cannot be read. Try again later.")),
        "training.base_model": text(
            _("Name the base model as the provider does, with up to %(limit)s characters.")
        ),
        "training.unknown_hyperparameter": text(
            _("The provider has no setting “%(name)s”. Leave it out.")
        ),
        "training.hyperparameter": _range,
        "training.seed": text(
            _("The seed is a whole number between 0 and %(limit)s, or left empty.")
        ),
        "training.suffix": text(
            ngettext_lazy(
                "The suffix has up to %(limit)s character: letters without accents, digits, - "
                "and _.",
                "The suffix has up to %(limit)s characters: letters without accents, digits, - "
                "and _.",
                "limit",
            )
        ),
        "training.in_train": text(_("Training file: %(error)s")),
        "training.in_validation": text(_("Validation file: %(error)s")),
        "training.budget_needs_price": text(
            _("The project has a budget, and this base model has no price. Add its price first.")
        ),
        "training.over_budget": text(
            _(
                "The budget of this month is %(budget)s: %(spent)s are spent or reserved, and "
                "this needs %(usd)s. Raise the budget."
            ),
            budget=usd,
            spent=usd,
            usd=usd,
        ),
        "training.has_ended": text(_("This training has ended. Start a new one.")),
        "training.is_being_cancelled": text(_("This training is being cancelled already.")),
        "training.not_offered": text(_("The provider does not offer this.")),
        "training.not_now": text(
            _("In its present stage this training cannot do that. Reload the page.")
        ),
        "training.by_provider": text(_("The provider ended it: %(details)s")),
        "training.file_rejected": text(
            _("The provider rejected an uploaded file. Check the version's files: %(details)s")
        ),
        "training.over_model_limit": text(
            _("For this base model, %(name)s may be up to %(limit)s. Start it again with less.")
        ),
        "training.under_model_limit": text(
            _("For this base model, %(name)s is at least %(limit)s. Start it again with more.")
        ),
        "training.no_credit": text(
            _("The service wants %(usd)s and the credit is %(limit)s. Add credit there."),
            usd=usd,
            limit=usd,
        ),
        "training.no_bundle": text(_("The bundle of this training is gone. Start a new one.")),
        "training.is_no_bundle": text(_("This training has no bundle. Its provider trains it.")),
        "training.bundle_not_ready": text(
            _("The bundle is being prepared. Try again when the training waits for it.")
        ),
        "training.too_many_events": text(
            _("A bundle has too many events. Report fewer, such as every tenth step.")
        ),
        "training.event_too_large": text(_("An event has too much text. Shorten its values.")),
        "training.bundle_too_large": text(
            _("The files of a bundle may have %(limit)s MB together. Upload fewer.")
        ),
        "training.unknown_upload": text(_("There is no such upload. Begin it again.")),
        "training.wrong_offset": text(
            _("The upload goes on at byte %(offset)s. Send the bytes from there.")
        ),
        "training.part_too_large": text(
            _("A part has up to %(limit)s bytes, and ends with the file. Send less.")
        ),
        "training.digest_mismatch": text(
            _("The file does not have the digest that was announced. Send all of it again.")
        ),
        "training.choice": text(_("%(name)s is one of %(known)s, or left empty.")),
        "training.pause_after_step": text(
            _("The provider pauses a training only after its first step. Wait for it.")
        ),
        "training.no_suffix": text(_("This provider takes no suffix. Leave it empty.")),
        "training.no_seed": text(_("This provider takes no seed. Leave it empty.")),
        "training.not_available": text(
            _(
                "The provider does not let this organisation start new trainings. Train the "
                "version elsewhere. (%(details)s)"
            )
        ),
        "training.not_found": text(
            _("The provider does not know this job or file. Check address and key. (%(details)s)")
        ),
        "training.redirected": text(
            _("The address of the provider redirects to another one. Enter its final address.")
        ),
        "training.unreadable_answer": text(
            _("The provider's answer cannot be read. Check that its address is that of the API.")
        ),
        "training.files_left": text(
            _("These uploaded files could not be deleted. Delete them at the provider: %(files)s.")
        ),
        "training.results_missing": text(
            _("The provider did not deliver all results in time. The models are registered.")
        ),
        "training.unknown_placeholder": text(
            _("“%(name)s” is not a placeholder of names. Known are %(known)s.")
        ),
        "training.placeholder_missing": text(
            _("The name needs the placeholder {n}, which counts the models.")
        ),
        "training.pattern_too_long": text(
            ngettext_lazy(
                "The pattern of names has up to %(limit)s character.",
                "The pattern of names has up to %(limit)s characters.",
                "limit",
            )
        ),
        "training.budget_positive": text(
            _("A budget is a whole number of dollars, or left empty for no limit.")
        ),
        "training.result_damaged": text(
            _("The stored result file no longer has its digest. Ask an operator to restore it.")
        ),
        "training.stray_brace": text(_("A brace stands alone. Write placeholders as {n}.")),
        "training.beta_needs_pairs": text(
            _("Beta belongs to a training on preferences. Leave it empty, or choose a set.")
        ),
        "training.no_preferences": text(
            _("This provider trains on versions only. Choose OpenAI, an own machine or a bundle.")
        ),
        "training.base_takes_no_preferences": text(
            _("OpenAI trains %(name)s on no preferences. Choose one of %(known)s.")
        ),
        "training.preferences_unknown": text(
            _("It is not known whether %(name)s can be trained on preferences (DPO) there.")
        ),
        "training.unknown_preferences": text(
            _("This set of preferences is not in the project. Choose another one.")
        ),
        "training.too_few_pairs": text(
            ngettext_lazy(
                "%(n)s pair is left, and a training needs %(limit)s. Freeze a larger set.",
                "%(n)s pairs are left, and a training needs %(limit)s. Freeze a larger set.",
                "n",
            )
        ),
        "training.pairs_judge": text(
            ngettext_lazy(
                "%(n)s pair is now in a test split that judges models. Freeze a new set.",
                "%(n)s pairs are now in a test split that judges models. Freeze a new set.",
                "n",
            )
        ),
    }
)
