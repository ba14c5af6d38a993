"""Sentences of notifications about runs, promotions, trainings and base models."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import register, render, stored_day, text

_GATES: Final[Mapping[str, Promise]] = {
    "passed": _("Passed in the run %(name)s: %(gate)s"),
    "failed": _("Not passed in the run %(name)s: %(gate)s"),
}
_TRAININGS: Final[Mapping[str, Promise]] = {
    "succeeded": _("Training %(training)s has succeeded."),
    "failed": _("Training %(training)s has failed."),
    "cancelled": _("Training %(training)s was cancelled."),
}


def _gate(params: Mapping[str, Any]) -> str:
    shown = {"name": params["name"], "gate": render(params["gate"])}
    return str(_GATES[params["state"]]) % shown


def _training(params: Mapping[str, Any]) -> str:
    return str(_TRAININGS[params["stage"]]) % {"training": params["training"]}


register(
    {
        "notifications.votes_needed": text(_("“%(title)s” needs your votes.")),
        "notifications.gate_crossed": _gate,
        "notifications.signature_needed": text(
            _("A promotion to %(alias)s waits for your signature.")
        ),
        "notifications.training_ended": _training,
        "notifications.model_retires": text(
            _("The base model %(base_model)s is shut down on %(day)s."), day=stored_day
        ),
    }
)
