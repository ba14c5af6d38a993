"""The sentences of the pipeline: titles of steps and gates, reasons, what is next."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from datasets.conversations.texts import SPLIT_LABELS
from evaluation.pipeline.facts import GateState, PipelineGate, PipelineStep
from evaluation.pipeline.next_action import Target
from evaluation.pipeline.service_rules import FIGURES as DEPLOY_FIGURES
from evaluation.service_reports.judging import ServiceFigure
from evaluation.service_reports.texts import FIGURES
from evaluation.training.texts import usd
from reviewapp.core.formats import decimal, listed, percent
from reviewapp.core.texts import percent_interval, register, text


def _ratio(value: float) -> str:
    return decimal(value, 2)


def _figures(names: list[str]) -> str:
    return listed([str(FIGURES[ServiceFigure(name)]) for name in names])


def _file(split: str) -> str:
    return str(SPLIT_LABELS[split])


STEPS: Mapping[PipelineStep, Promise] = {
    PipelineStep.CURATE: pgettext_lazy("pipeline", "Curate"),
    PipelineStep.FORMAT: pgettext_lazy("pipeline", "Format"),
    PipelineStep.TRAIN: pgettext_lazy("pipeline", "Train"),
    PipelineStep.EVALUATE: pgettext_lazy("pipeline", "Evaluate"),
    PipelineStep.DEPLOY: pgettext_lazy("pipeline", "Deploy"),
}
STATES: Mapping[GateState, Promise] = {
    GateState.PASSED: _("Passed"),
    GateState.FAILED: _("Failed"),
    GateState.OPEN: pgettext_lazy("gate of the pipeline", "Open"),
}
GATES: Mapping[PipelineGate, Promise] = {
    PipelineGate.APPROVED_SHARE: _("Share approved"),
    PipelineGate.POLICY_COVERAGE: _("Policies covered"),
    PipelineGate.DIVERSITY: _("Diversity"),
    PipelineGate.ROLES: _("Roles"),
    PipelineGate.TOKEN_BUDGET: _("Length in tokens"),
    PipelineGate.PREFLIGHT: _("Preflight of the exact bytes"),
    PipelineGate.SPLIT_OVERLAP: _("Files without like examples"),
    PipelineGate.BUDGET_KEPT: _("Budget kept"),
    PipelineGate.LOSS_SETTLED: _("Loss settled"),
    PipelineGate.NO_OVERFIT: _("No overfit"),
    PipelineGate.WIN_RATE: _("Win rate"),
    PipelineGate.INTENT_WIN_RATES: _("Win rate of each intent"),
    PipelineGate.SAMPLING_ERROR: _("Sampling error"),
    PipelineGate.HYGIENE: _("Hygiene of the voting"),
    PipelineGate.ANSWER_LIMITS: _("Limits on the answers"),
    **{gate: FIGURES[figure] for gate, figure in DEPLOY_FIGURES.items()},
    PipelineGate.SIGN_OFF: _("Sign-off"),
}
BUTTONS: Mapping[Target, Promise] = {
    Target.VERSION: _("See the version"),
    Target.NEW_TRAINING: _("Train a model"),
    Target.TRAINING: _("See the training"),
    Target.NEW_RUN: _("Set up a run"),
    Target.RUN: _("See the run"),
    Target.RUNS: _("See runs"),
    Target.PROMOTE: _("Promote"),
    Target.PROMOTION: _("See the promotion"),
    Target.PROMOTIONS: _("See promotions"),
}

_FILES = {"split": _file, "other": _file}
_OF_VERSIONS = {
    "pipeline.no_version": text(
        _("The model was tuned on no version of this project, so nothing is known of its data.")
    ),
    "pipeline.not_counted": text(_("The version did not store what was left out of it.")),
    "pipeline.approved": text(
        _("%(n)s of %(total)s examples were approved (%(share)s); at least %(limit)s are wanted."),
        share=percent,
        limit=percent,
    ),
    "pipeline.too_few_approved": text(
        _(
            "Only %(n)s of %(total)s examples were approved (%(share)s). Approve or retire more "
            "to reach %(limit)s."
        ),
        share=percent,
        limit=percent,
    ),
    "pipeline.no_policies": text(_("The library has no policies that examples could cite.")),
    "pipeline.too_few_policies": text(
        _(
            "Examples cite %(cited)s of %(n)s policies; %(limit)s are wanted. Without an example: "
            "%(missing)s."
        ),
        limit=percent,
    ),
    "pipeline.most_policies": text(
        _("Examples cite %(cited)s of %(n)s policies. Without an example: %(missing)s.")
    ),
    "pipeline.all_policies": text(
        ngettext_lazy(
            "An example cites the only policy of the library.",
            "Each of the %(n)s policies is cited by an example.",
            "n",
        )
    ),
    "pipeline.no_intents": text(_("No example of the version has an intent.")),
    "pipeline.one_intent": text(
        _("%(share)s of the examples are about “%(intent)s”; at most %(limit)s are wanted."),
        share=percent,
        limit=percent,
    ),
    "pipeline.small_intents": text(
        ngettext_lazy(
            "%(n)s of %(total)s intents has fewer than %(limit)s examples: %(names)s.",
            "%(n)s of %(total)s intents have fewer than %(limit)s examples, such as %(names)s.",
            "n",
        )
    ),
    "pipeline.too_uniform": text(
        _(
            "What customers say is %(ratio)s ± %(error)s times as varied as in the imports; at "
            "least %(limit)s is wanted. Curate what is unlike the rest."
        ),
        ratio=_ratio,
        error=_ratio,
        limit=_ratio,
    ),
    "pipeline.diverse_texts": text(
        _("%(intents)s What customers say is %(ratio)s ± %(error)s times as varied as in imports."),
        ratio=_ratio,
        error=_ratio,
    ),
    "pipeline.diverse": text(
        ngettext_lazy(
            "The only intent has at least %(limit)s examples.",
            "Each of the %(n)s intents has at least %(limit)s examples, and none has most of them.",
            "n",
        )
    ),
    "pipeline.roles_wrong": text(_("A provider would reject the roles. %(issue)s")),
    "pipeline.roles_right": text(
        _("Every message has a role that providers accept, and answers come last.")
    ),
    "pipeline.too_long": text(_("A provider would cut or reject this. %(issue)s")),
    "pipeline.tokens": text(
        _("The training file has %(n)s tokens; no example and no file is too long.")
    ),
    "pipeline.preflight_errors": text(
        ngettext_lazy(
            "%(n)s error in the exact bytes. %(issue)s",
            "%(n)s errors in the exact bytes. The first: %(issue)s",
            "n",
        )
    ),
    "pipeline.preflight_warnings": text(
        ngettext_lazy(
            "No error in the exact bytes, and %(n)s warning worth a look.",
            "No error in the exact bytes, and %(n)s warnings worth a look.",
            "n",
        )
    ),
    "pipeline.preflight_clean": text(_("No error and no warning in the exact bytes.")),
    "pipeline.no_test_file": text(
        _("The version has no test examples, so no run can use its own prompts.")
    ),
    "pipeline.no_overlap": text(
        ngettext_lazy(
            "The only example is in one file.",
            "None of the %(n)s examples is much like one of another file.",
            "n",
        )
    ),
    "pipeline.two_answers_inside": text(
        ngettext_lazy(
            "Within a file, %(n)s pair answers one question in two ways.",
            "Within a file, %(n)s pairs answer one question in two ways.",
            "n",
        )
    ),
    "pipeline.overlap": text(
        ngettext_lazy(
            "%(n)s pair of examples is in two files: %(parts)s. Resolve it and freeze again.",
            "%(n)s pairs of examples are in two files: %(parts)s. Resolve them and freeze again.",
            "n",
        )
    ),
    "pipeline.overlap_equal": text(
        _("%(n)s with equal questions (%(split)s, %(other)s)"), **_FILES
    ),
    "pipeline.overlap_near_duplicate": text(
        ngettext_lazy(
            "%(n)s near-duplicate (%(split)s, %(other)s)",
            "%(n)s near-duplicates (%(split)s, %(other)s)",
            "n",
        ),
        **_FILES,
    ),
    "pipeline.overlap_two_answers": text(
        _("%(n)s with one question and two answers (%(split)s, %(other)s)"), **_FILES
    ),
    "pipeline.no_shared_prompt": text(
        ngettext_lazy(
            "The customer's words of the test example are in no other file.",
            "The customer's words of the %(n)s test examples are in no other file.",
            "n",
        )
    ),
}
_OF_TRAININGS = {
    "pipeline.not_trained": text(_("Nothing was trained on it yet.")),
    "pipeline.trained_elsewhere": text(_("The model was not trained here, so this is not known.")),
    "pipeline.no_forecast": text(
        _("The base model had no price when the training started, so no cost was expected.")
    ),
    "pipeline.cost_unknown": text(
        _("The provider has not reported the cost; %(expected)s are expected."), expected=usd
    ),
    "pipeline.budget_kept": text(
        _("It cost %(usd)s; %(expected)s were expected."), usd=usd, expected=usd
    ),
    "pipeline.too_expensive": text(
        _("It cost %(usd)s, over 5 %% more than the %(expected)s expected."),
        usd=usd,
        expected=usd,
    ),
    "pipeline.few_steps": text(_("Too few steps with a training loss were reported to judge it.")),
    "pipeline.loss_settled": text(
        _("The training loss changed by %(change)s in the last fifth of the steps."),
        change=percent,
    ),
    "pipeline.loss_moves": text(_("The training loss still moves, and the training goes on.")),
    "pipeline.loss_falling": text(
        _("The training loss still fell by %(change)s at the end. Try more epochs."),
        change=percent,
    ),
    "pipeline.loss_rising": text(
        _("The training loss rose by %(change)s at the end. Try a lower learning rate."),
        change=percent,
    ),
    "pipeline.overfit": text(
        ngettext_lazy(
            "Overfit: the validation loss was above its minimum (step %(step)s) once since. "
            "Compare an earlier checkpoint.",
            "Overfit: the validation loss was above its minimum (step %(step)s) %(n)s times "
            "since. Compare an earlier checkpoint.",
            "n",
        )
    ),
    "pipeline.no_validation_loss": text(_("No validation loss was reported.")),
    "pipeline.no_alarm_yet": text(
        ngettext_lazy(
            "No overfit so far, after %(n)s measurement of the validation loss.",
            "No overfit so far, after %(n)s measurements of the validation loss.",
            "n",
        )
    ),
    "pipeline.no_alarm": text(
        ngettext_lazy(
            "The overfit alarm was silent at %(n)s measurement of the validation loss.",
            "The overfit alarm was silent at %(n)s measurements of the validation loss.",
            "n",
        )
    ),
}
_OF_RUNS = {
    "pipeline.no_model": text(_("There is no model to compare yet.")),
    "pipeline.no_run": text(_("No run compares this model yet.")),
    "pipeline.run_hidden": text(
        _("You vote in its run. Gates and figures show here when it is closed.")
    ),
    "pipeline.run_set_up": text(_("Its run is being set up; nobody votes yet.")),
    "pipeline.no_overall_gate": text(_("The run has no gate on the whole run.")),
    "pipeline.no_gated_intent": text(_("The run only watches its intents; none has a gate.")),
    "pipeline.intents_passed": text(
        ngettext_lazy(
            "%(n)s gate of an intent or criterion passed.",
            "%(n)s gates of intents and criteria passed.",
            "n",
        )
    ),
    "pipeline.intents_failed": text(
        ngettext_lazy(
            "%(n)s of %(total)s gates failed: %(names)s.",
            "%(n)s of %(total)s gates failed, such as %(names)s.",
            "n",
        )
    ),
    "pipeline.intents_open": text(
        ngettext_lazy(
            "%(n)s of %(total)s gates is not decided: %(names)s.",
            "%(n)s of %(total)s gates are not decided, such as %(names)s.",
            "n",
        )
    ),
    "pipeline.nothing_counted": text(_("No example is counted yet.")),
    "pipeline.narrow_enough": text(
        ngettext_lazy(
            "%(rate)s ± %(half)s after %(n)s example (%(interval)s): narrow enough to decide.",
            "%(rate)s ± %(half)s after %(n)s examples (%(interval)s): narrow enough to decide.",
            "n",
        ),
        rate=percent,
        half=percent,
        interval=percent_interval,
    ),
    "pipeline.too_wide": text(
        ngettext_lazy(
            "%(rate)s ± %(half)s after %(n)s example (%(interval)s): too wide to decide.",
            "%(rate)s ± %(half)s after %(n)s examples (%(interval)s): too wide to decide.",
            "n",
        ),
        rate=percent,
        half=percent,
        interval=percent_interval,
    ),
    "pipeline.hygiene_passed": text(
        ngettext_lazy(
            "%(n)s gate on the voting passed.", "All %(n)s gates on the voting passed.", "n"
        )
    ),
    "pipeline.limits_kept": text(
        ngettext_lazy(
            "%(n)s limit on the answers of the run is kept.",
            "All %(n)s limits on the answers of the run are kept.",
            "n",
        )
    ),
    "pipeline.serves": text(_("It serves as %(aliases)s.")),
    "pipeline.served_before": text(_("It was in production before; another model serves now.")),
    "pipeline.serves_elsewhere": text(
        _("It serves as %(aliases)s; nobody asked for production yet.")
    ),
    "pipeline.sign_off_pending": text(_("A request for production waits for a second lead.")),
    "pipeline.sign_off_declined": text(_("The request for production was declined.")),
    "pipeline.no_sign_off": text(_("Nobody asked to put it in production yet.")),
}
_OF_NEXT = {
    "pipeline.next.repair": text(_("Correct the errors in its examples and freeze a new version.")),
    "pipeline.next.train": text(_("Train a model on this version.")),
    "pipeline.next.wait": text(_("The training is under way. Wait for its model.")),
    "pipeline.next.registering": text(
        _("The training has succeeded; its models are being registered.")
    ),
    "pipeline.next.train_again": text(
        _("The training ended without a model. Read why, then train again.")
    ),
    "pipeline.next.compare": text(_("Compare the model blind with what is in production.")),
    "pipeline.next.compare_first": text(
        _("Compare the model blind with another one: nothing is in production yet.")
    ),
    "pipeline.next.open_run": text(_("Its run is being set up. Open it for votes.")),
    "pipeline.next.keep_voting": text(_("The votes do not decide yet. Keep voting.")),
    "pipeline.next.you_vote": text(
        _("You vote in its run. What it comes to shows when the run is closed.")
    ),
    "pipeline.next.undecided": text(
        _("The run was closed undecided. Read what would have decided it.")
    ),
    "pipeline.next.rejected": text(
        _("The run rejects the model. Read its losses, curate, and train again.")
    ),
    "pipeline.next.not_shown": text(
        _("Too few prompts to show what the gates ask for. Compare on a larger set.")
    ),
    "pipeline.next.invalid": text(_("The voting is not valid. Read why, and repeat the run.")),
    "pipeline.next.promote": text(_("Every gate of the run passed. Promote the model.")),
    "pipeline.next.sign": text(_("A request to promote it waits for a second lead.")),
    "pipeline.next.serves": text(_("It is in production. Nothing is left to do here.")),
    "pipeline.next.promote_beyond": text(
        _(
            "The run's gates passed, but a limit of service is broken: %(figures)s. Promote it, or "
            "change the limit first."
        ),
        figures=_figures,
    ),
    "pipeline.next.sign_beyond": text(
        _(
            "A request to promote it waits for a second lead. A limit of service is broken: "
            "%(figures)s."
        ),
        figures=_figures,
    ),
    "pipeline.next.serves_beyond": text(
        _(
            "It is in production and breaks a limit: %(figures)s. Roll back, watch it, or change "
            "the limit."
        ),
        figures=_figures,
    ),
    "pipeline.next.replaced": text(
        _("It was in production before. Promote it again, or roll back to it if that is offered.")
    ),
}
register({**_OF_VERSIONS, **_OF_TRAININGS, **_OF_RUNS, **_OF_NEXT})
