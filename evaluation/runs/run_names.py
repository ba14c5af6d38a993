"""Names of runs: one that no run of the project has, and what is proposed for two models."""

from itertools import count
from typing import Final

from django.utils.translation import gettext

from evaluation.registry.models import ModelVersion
from evaluation.runs.models import EvaluationRun
from reviewapp.people.models import Project

MAX_RUN_NAME: Final = EvaluationRun._meta.get_field("name").max_length or 0
MAX_DIGITS: Final = 18
CUT: Final = "…"


def proposed_run_name(project: Project, candidate_id: object, baseline_id: object) -> str:
    """Return a free name made of the names of two models; empty if one is not chosen."""
    wanted = [_number(candidate_id), _number(baseline_id)]
    found = ModelVersion.objects.filter(project=project).in_bulk([pk for pk in wanted if pk])
    models = [found[pk].name for pk in wanted if pk in found]
    if len(set(models)) < len(wanted):
        return ""
    candidate, baseline = models
    name = _joined(candidate, baseline)
    if len(name) > MAX_RUN_NAME:
        # Each model keeps the beginning of its name, so that both can be recognised.
        longest = (MAX_RUN_NAME - len(_joined("", ""))) // len(models)
        name = _joined(*(_cut(model, longest) for model in models))
    return free_run_name(project.pk, name)


def free_run_name(project_id: int, wanted: str) -> str:
    """Return this name, or with a number behind it if a run of the project has it."""
    runs = EvaluationRun.objects.filter(project=project_id)
    name = wanted[:MAX_RUN_NAME]
    for number in count(2):
        if not runs.filter(name=name).exists():
            break
        ending = f" ({number})"
        name = f"{wanted[: MAX_RUN_NAME - len(ending)]}{ending}"
    return name


def _number(value: object) -> int | None:
    text = str(value)
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    return int(text) if is_number else None


def _joined(candidate: str, baseline: str) -> str:
    names = {"candidate": candidate, "baseline": baseline}
    return gettext("%(candidate)s against %(baseline)s") % names


def _cut(name: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[: longest - len(CUT)].rstrip()}{CUT}"
