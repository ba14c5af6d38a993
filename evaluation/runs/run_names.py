"""Names of runs: one that is free in the project, and what is proposed for two models."""

from itertools import count
from typing import Final

from evaluation.registry.models import ModelVersion
from evaluation.runs.models import AnswerUpload, EvaluationRun
from reviewapp.jobs.models import JobState
from reviewapp.people.models import Project

MAX_RUN_NAME: Final = EvaluationRun._meta.get_field("name").max_length or 0
MAX_DIGITS: Final = 18
CUT: Final = "…"
# A name is stored, so it is the same in every language.
BETWEEN: Final = " vs "


def proposed_run_name(project: Project, candidate_id: object, baseline_id: object) -> str:
    """Return the name for a run of two registered models; empty if one is not chosen."""
    wanted = [_number(candidate_id), _number(baseline_id)]
    found = ModelVersion.objects.filter(project=project).in_bulk([pk for pk in wanted if pk])
    models = [found[pk].name for pk in wanted if pk in found]
    if len(set(models)) < len(wanted):
        return ""
    candidate, baseline = models
    return run_name_of_models(project.pk, candidate, baseline)


def run_name_of_models(project_id: int, candidate: str, baseline: str) -> str:
    """Return a free name made of the names of two models."""
    name = f"{candidate}{BETWEEN}{baseline}"
    if len(name) > MAX_RUN_NAME:
        # Each model keeps the beginning of its name, so that both can be recognised.
        longest = (MAX_RUN_NAME - len(BETWEEN)) // 2
        name = f"{_cut(candidate, longest)}{BETWEEN}{_cut(baseline, longest)}"
    return free_run_name(project_id, name)


def free_run_name(project_id: int, wanted: str) -> str:
    """Return this name, or with a number behind it if a run of the project has it or will."""
    name = wanted[:MAX_RUN_NAME]
    for number in count(2):
        if not _is_taken(project_id, name):
            break
        ending = f" ({number})"
        name = f"{wanted[: MAX_RUN_NAME - len(ending)]}{ending}"
    return name


def _is_taken(project_id: int, name: str) -> bool:
    to_come = AnswerUpload.objects.filter(state__in=[JobState.WAITING, JobState.RUNNING])
    return (
        EvaluationRun.objects.filter(project=project_id, name=name).exists()
        or to_come.filter(project=project_id, run_name=name).exists()
    )


def _number(value: object) -> int | None:
    text = str(value)
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    return int(text) if is_number else None


def _cut(name: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[: longest - len(CUT)].rstrip()}{CUT}"
