"""Whether a run's evidence lets its candidate serve under an alias, and what served before.

`production` needs every required gate passed. `canary` sends few customers to a model that is still
being judged: no gate may have failed. `shadow` answers nobody, so it needs no evidence.
"""

from dataclasses import dataclass
from typing import Any

from datasets.errors import InvalidInput, TransitionRefused
from evaluation.gates import Decision, Gate, GateSettings, State
from evaluation.models import Alias, EvaluationRun, ModelVersion, Promotion
from evaluation.reports import report_of
from evaluation.reports.wording import gate_title


@dataclass(frozen=True)
class Standing:
    """A run as evidence for one alias: its figures (as win_rates --json) and why not, if not.

    `reason` says why it may serve there, where it may.
    """

    run: EvaluationRun
    figures: dict[str, Any]
    refusal: str
    reason: str


def standing_of(*, run_id: int, alias: str) -> Standing:
    """Return how a run's evidence stands for an alias. It reads and does not measure."""
    related = ("project", "candidate", "baseline")
    run = EvaluationRun.objects.select_related(*related).get(pk=run_id)
    figures = report_of(run).as_json()
    return Standing(run, figures, _refusal(run, figures, alias), _reason(figures, alias))


def _refusal(run: EvaluationRun, figures: dict[str, Any], alias: str) -> str:
    if run.state not in {EvaluationRun.State.VOTING, EvaluationRun.State.CLOSED}:
        return "This run has no votes yet."
    if alias == Alias.Name.SHADOW:
        return ""
    if failed := _titles(run, figures, State.FAILED):
        return f"These gates failed: {failed}."
    if alias == Alias.Name.CANARY or figures["decision"] == Decision.PROMOTE:
        return ""
    return f"These gates have not passed yet: {_titles(run, figures, State.INSUFFICIENT)}."


def _reason(figures: dict[str, Any], alias: str) -> str:
    if figures["decision"] != Decision.PROMOTE and alias == Alias.Name.SHADOW:
        return "A shadow answers nobody, so no gate has to pass."
    if figures["decision"] != Decision.PROMOTE and alias == Alias.Name.CANARY:
        return "No gate has failed, which is enough for a canary."
    return "Every gate that this asks for has passed."


def _titles(run: EvaluationRun, figures: dict[str, Any], state: State) -> str:
    """Name the gates in this state, as the page does."""
    settings = GateSettings.from_json(run.gate_settings)
    return ", ".join(
        gate_title(Gate(gate["gate"]), gate["subject"], settings)
        for gate in figures["gates"]
        if gate["state"] == state
    )


def served_before(alias: Alias) -> list[ModelVersion]:
    """Return the model versions that served under this alias before, the latest first."""
    rows = Promotion.objects.filter(project=alias.project).of_alias(alias.name).in_force()
    models: dict[int, ModelVersion] = {}
    for row in rows.select_related("model_version"):
        models.setdefault(row.model_version_id, row.model_version)
    models.pop(alias.model_version_id, None)
    return list(models.values())


def take_out_refusal(alias: Alias) -> str:
    """Say why what serves cannot be taken out with nothing in its place; empty if it can."""
    if alias.name == Alias.Name.PRODUCTION and served_before(alias):
        return "Production is asked by every customer: roll back to what served before instead."
    return ""


def rollback_target(alias: Alias, *, to_model_id: int | None) -> ModelVersion:
    """Return the model version a rollback puts back.

    By default what served before the current one was first put there by a promotion: rolling back
    twice goes two steps back, not to and fro.

    Raises:
        TransitionRefused: nothing served before.
        InvalidInput: the wanted model version never served under this alias.
    """
    before = served_before(alias)
    if to_model_id is not None:
        for model in before:
            if model.pk == to_model_id:
                return model
        raise InvalidInput("That model never served under this alias. Choose one that did.")
    arrivals = Promotion.objects.filter(project=alias.project).of_alias(alias.name).in_force()
    arrival = (
        arrivals.filter(model_version=alias.model_version)
        .exclude(kind__in=[Promotion.Kind.ROLLBACK, Promotion.Kind.WITHDRAWAL])
        .select_related("previous")
        .first()
    )
    if arrival is None or arrival.previous is None:
        raise TransitionRefused(f"Nothing served as {alias.name} before {alias.model_version}.")
    return arrival.previous
