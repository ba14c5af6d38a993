"""Whether a run's gates allow its candidate to serve under an alias, and what may serve again.

`production` needs every required gate passed. `canary` sends few customers to a model that is still
being evaluated: no gate may have failed. `shadow` answers no customer, so no gate has to pass.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from evaluation.gates import Decision, State
from evaluation.gates.titles import gate_title_message
from evaluation.promotion.models import Alias, Promotion
from evaluation.promotion.service_history import AliasChange, PromotionKind, rollback_targets
from evaluation.registry.models import ModelVersion
from evaluation.results.reports import RunReport, report_for_evidence
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import Message, message

EVIDENCE_FORMAT = 2
"""Format of `Promotion.evidence`: figures, gates and eligibility with codes instead of sentences.

A change of the format gets the next number; the page must then read both.
"""


@dataclass(frozen=True)
class PromotionEligibility:
    """What a run's report means for one alias.

    Attributes:
        report: of the run.
        blocked_reason: why the run cannot be promoted on, even with an override; None if it can.
        override_required_reason: why its gates do not allow this alias without an override; None
            if they do.
        allowed_reason: why they allow it, for the case that they do.
    """

    report: RunReport
    blocked_reason: Message | None
    override_required_reason: Message | None
    allowed_reason: Message

    @property
    def run(self) -> EvaluationRun:
        return self.report.run

    @property
    def reason(self) -> Message:
        """Why the candidate may be promoted, needs an override, or cannot be promoted."""
        return self.blocked_reason or self.override_required_reason or self.allowed_reason

    def gates(self) -> list[dict[str, Any]]:
        """Return the gates with their reasons as messages."""
        return [result.as_json() for result in self.report.gates]

    def evidence(self) -> dict[str, Any]:
        """Return what the promotion stores: figures and gates at this time, without sentences."""
        return {
            "format": EVIDENCE_FORMAT,
            "figures": report_for_evidence(self.report),
            "gates": self.gates(),
            "eligibility": self.reason.as_json(),
        }


def check_eligibility(report: RunReport, *, alias: str) -> PromotionEligibility:
    """Return whether a run's report allows its candidate to serve under an alias."""
    return PromotionEligibility(
        report=report,
        blocked_reason=promotion_blocked_reason(report),
        override_required_reason=override_required_reason(report, alias=alias),
        allowed_reason=_allowed_reason(report, alias),
    )


def promotion_blocked_reason(report: RunReport) -> Message | None:
    """Return why the run cannot be promoted on, even with an override; None if it can."""
    run = report.run
    if report.decision is Decision.INVALID:
        return message("promotion.voting_invalid")
    if run.state not in {RunState.VOTING, RunState.CLOSED}:
        return message("promotion.no_votes_yet")
    if run.state == RunState.VOTING:
        return None
    if run.opened_at is None:
        return message("promotion.given_up")
    if not report.overall.tally.n:
        return message("promotion.nothing_counted")
    return None


def override_required_reason(report: RunReport, *, alias: str) -> Message | None:
    """Return why the gates do not allow this alias without an override; None if they do."""
    if alias == Alias.Name.SHADOW or report.decision is Decision.PROMOTE:
        return None
    if failed := _titles(report, State.FAILED):
        return message("promotion.gates_failed", gates=failed, count=len(failed))
    if alias == Alias.Name.CANARY:
        return None
    missing = _titles(report, State.INSUFFICIENT)
    return message("promotion.gates_not_passed", gates=missing, count=len(missing))


def _allowed_reason(report: RunReport, alias: str) -> Message:
    if report.decision is not Decision.PROMOTE and alias == Alias.Name.SHADOW:
        return message("promotion.shadow_needs_no_gate")
    if report.decision is not Decision.PROMOTE and alias == Alias.Name.CANARY:
        return message("promotion.no_gate_failed")
    return message("promotion.all_gates_passed")


def _titles(report: RunReport, state: State) -> list[Message]:
    """Return the titles of the gates in this state."""
    return [
        gate_title_message(result.gate, result.subject, report.settings)
        for result in report.gates
        if result.state is state
    ]


def rollback_models(alias: Alias) -> list[ModelVersion]:
    """Return the model versions that a rollback of this alias may restore, the latest first."""
    ids = rollback_targets(_changes(alias))
    models = ModelVersion.objects.in_bulk(ids)
    return [models[pk] for pk in ids]


def _changes(alias: Alias) -> list[AliasChange]:
    rows = Promotion.objects.filter(project=alias.project).of_alias(alias.name).in_effect()
    oldest_first = rows.reverse().values_list("kind", "model_version_id")
    return [AliasChange(PromotionKind(kind), model) for kind, model in oldest_first]


def withdrawal_denied_reason(alias: Alias) -> str:
    """Return why the model cannot be withdrawn without a replacement; empty if it can."""
    if alias.name == Alias.Name.PRODUCTION and rollback_models(alias):
        return gettext("Every customer asks for production. Roll back to an earlier model instead.")
    return ""


def nothing_serves_reason(alias: str) -> str:
    """Return why an alias that points to no model can be neither rolled back nor withdrawn."""
    return gettext("No model serves as %(alias)s. Reload the page.") % {"alias": alias}


def rollback_target(alias: Alias, *, to_model_id: int | None) -> ModelVersion:
    """Return the model version that a rollback restores, by default the latest that it may.

    Raises:
        InvalidTransition: no model may be restored, or this one was rolled back or withdrawn.
        InvalidInput: this model version never served under the alias.
    """
    targets = rollback_models(alias)
    if to_model_id is None:
        if not targets:
            sentence = gettext(
                "A rollback of %(alias)s cannot restore any model. Promote a model on its run."
            )
            raise InvalidTransition(sentence % {"alias": alias.name})
        return targets[0]
    for model in targets:
        if model.pk == to_model_id:
            return model
    rows = Promotion.objects.filter(project=alias.project).of_alias(alias.name).in_effect()
    served = rows.filter(model_version=to_model_id).select_related("model_version").first()
    if served is None:
        raise InvalidInput(
            gettext("This model never served under this alias. Choose one that did.")
        )
    if to_model_id == alias.model_version_id:
        raise InvalidTransition(already_serves(served.model_version, alias.name))
    sentence = gettext(
        "%(model)s was rolled back or taken out of service as %(alias)s. Promote it on its run."
    )
    raise InvalidTransition(sentence % {"model": served.model_version, "alias": alias.name})


def aliases_of(model: ModelVersion) -> list[Alias]:
    """Return the aliases under which a model serves now, production first."""
    served = Alias.objects.filter(project=model.project_id, model_version=model)
    return sorted(served, key=lambda alias: Alias.Name.values.index(alias.name))


def already_serves(model: ModelVersion, alias: str) -> str:
    """Return the message for a model that the alias points to already."""
    sentence = gettext("%(model)s already serves as %(alias)s.")
    return sentence % {"model": model, "alias": alias}
