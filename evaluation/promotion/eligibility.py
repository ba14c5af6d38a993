"""Whether a run's evidence lets its candidate serve under an alias, and what may serve again.

`production` needs every required gate passed. `canary` sends few customers to a model that is still
being judged: no gate may have failed. `shadow` answers nobody, so it needs no evidence.
"""

from dataclasses import dataclass
from typing import Any

from evaluation.gates import Decision, State
from evaluation.gates.texts import gate_title
from evaluation.promotion.models import Alias, Promotion
from evaluation.promotion.service_history import AliasChange, AliasChangeKind, rollback_targets
from evaluation.registry.models import ModelVersion
from evaluation.results.reports import RunReport, report_as_json
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from reviewapp.core.errors import InvalidInput, InvalidTransition

EVIDENCE_FORMAT = 1
"""Of what a promotion keeps; a later format is another number, and the page reads both."""


@dataclass(frozen=True)
class PromotionEligibility:
    """A run as evidence for one alias.

    Attributes:
        run: the run.
        figures: its figures, as `win_rates --json` prints them.
        gates: its gates with their reasons, as `GateResult.as_json` gives them.
        blocked_reason: why nothing can be promoted on this run, not even by an override; empty if
            it can.
        override_required_reason: why its gates do not allow this alias without an override; empty
            if they do.
        allowed_reason: why they allow it, where they do.
    """

    run: EvaluationRun
    figures: dict[str, Any]
    gates: list[dict[str, Any]]
    blocked_reason: str
    override_required_reason: str
    allowed_reason: str

    def evidence(self) -> dict[str, Any]:
        """Return what a promotion keeps of it for ever: figures and gates at that time."""
        return {
            "format": EVIDENCE_FORMAT,
            "figures": self.figures,
            "gates": self.gates,
            "eligibility": self.override_required_reason or self.allowed_reason,
        }


def check_eligibility(report: RunReport, *, alias: str) -> PromotionEligibility:
    """Return whether a run's report lets its candidate serve under an alias."""
    return PromotionEligibility(
        run=report.run,
        figures=report_as_json(report),
        gates=[result.as_json() for result in report.gates],
        blocked_reason=promotion_blocked_reason(report),
        override_required_reason=override_required_reason(report, alias=alias),
        allowed_reason=_allowed_reason(report, alias),
    )


def promotion_blocked_reason(report: RunReport) -> str:
    """Return why nothing can be promoted on this run, not even by an override; empty if it can."""
    run = report.run
    if report.decision is Decision.INVALID:
        return (
            "The voting of this run is invalid, so it is no evidence. Compare again in a new run."
        )
    if run.state not in {RunState.VOTING, RunState.CLOSED}:
        return "This run has no votes yet. Promote its candidate once it is voted on."
    if run.state == RunState.VOTING:
        return ""
    if run.opened_at is None:
        return "This run was given up before it was voted on, so it is no evidence. Use another."
    if not report.overall.tally.n:
        return "This run was closed without a counted example, so it is no evidence. Use another."
    return ""


def override_required_reason(report: RunReport, *, alias: str) -> str:
    """Return why the gates do not allow this alias without an override; empty if they do."""
    if alias == Alias.Name.SHADOW or report.decision is Decision.PROMOTE:
        return ""
    if failed := _titles(report, State.FAILED):
        return f"These gates failed: {failed}."
    if alias == Alias.Name.CANARY:
        return ""
    return f"These gates have not passed yet: {_titles(report, State.INSUFFICIENT)}."


def _allowed_reason(report: RunReport, alias: str) -> str:
    if report.decision is not Decision.PROMOTE and alias == Alias.Name.SHADOW:
        return "A shadow answers no customer, so no gate has to pass."
    if report.decision is not Decision.PROMOTE and alias == Alias.Name.CANARY:
        return "No gate has failed, which is enough for a canary."
    return "Every gate that this asks for has passed."


def _titles(report: RunReport, state: State) -> str:
    """Name the gates in this state, as the page does."""
    return ", ".join(
        gate_title(result.gate, result.subject, report.settings)
        for result in report.gates
        if result.state is state
    )


def rollback_models(alias: Alias) -> list[ModelVersion]:
    """Return the model versions a rollback of this alias may put back, the latest first."""
    ids = rollback_targets(_moves(alias))
    models = ModelVersion.objects.in_bulk(ids)
    return [models[pk] for pk in ids]


def _moves(alias: Alias) -> list[AliasChange]:
    rows = Promotion.objects.filter(project=alias.project).of_alias(alias.name).in_effect()
    oldest_first = rows.reverse().values_list("kind", "model_version_id")
    return [AliasChange(AliasChangeKind(kind), model) for kind, model in oldest_first]


def withdrawal_denied_reason(alias: Alias) -> str:
    """Return why what serves cannot be taken out with nothing in its place; empty if it can."""
    if alias.name == Alias.Name.PRODUCTION and rollback_models(alias):
        return "Every customer asks for production: roll back to an earlier model instead."
    return ""


def nothing_serves_reason(alias: str) -> str:
    """Return why an alias that points at no model can neither be rolled back nor withdrawn."""
    return f"Nothing serves as {alias}, so there is nothing to take back."


def rollback_target(alias: Alias, *, to_model_id: int | None) -> ModelVersion:
    """Return the model version a rollback puts back, by default the latest that may be.

    Raises:
        InvalidTransition: no model may be put back, or the wanted one was rolled back or taken out.
        InvalidInput: the wanted model version never served under this alias.
    """
    targets = rollback_models(alias)
    if to_model_id is None:
        if not targets:
            raise InvalidTransition(
                f"No earlier model can return to {alias.name} by a rollback. "
                "Promote a model on its run instead."
            )
        return targets[0]
    for model in targets:
        if model.pk == to_model_id:
            return model
    rows = Promotion.objects.filter(project=alias.project).of_alias(alias.name).in_effect()
    served = rows.filter(model_version=to_model_id).select_related("model_version").first()
    if served is None:
        raise InvalidInput("That model never served under this alias. Choose one that did.")
    if to_model_id == alias.model_version_id:
        raise InvalidTransition(f"{served.model_version} serves as {alias.name} already.")
    raise InvalidTransition(
        f"{served.model_version} was rolled back or taken out as {alias.name}. "
        "A rollback cannot return it; promote it on its run."
    )
