"""What the bench of kills needs Django for: a run that waits for its answers, and its state.

`prepare URL PROMPTS CONCURRENT`, `state RUN` and `done RUN` print one JSON object each.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from evaluation.registry.actions import registry
from evaluation.runs.actions import generation
from evaluation.runs.models import Answer, EvaluationRun
from tests.factories.people import make_project
from tests.factories.runs import make_model_version, make_run

REQUESTS_PER_MINUTE = 100_000


def prepare(url: str, prompts: int, concurrent: int) -> dict[str, Any]:
    """Start a run whose two models stand behind one endpoint."""
    project = make_project("bench-kill")
    limits = registry.Limits(concurrent, REQUESTS_PER_MINUTE)
    candidate, baseline = (
        make_model_version(project, name=name, model_id=name, base_url=url, limits=limits)
        for name in ("tuned", "base")
    )
    run = make_run(project, examples=prompts, candidate=candidate, baseline=baseline)
    return {"run": generation.start_generation(run_id=run.pk, actor=None).pk}


def done(run_id: int) -> dict[str, Any]:
    """Name the answers that are stored, by model and question."""
    stored = Answer.objects.filter(run=run_id, state=Answer.State.DONE)
    rows = stored.values_list("model_version__model_id", "comparison__prompt")
    return {"done": [f"{model}: {prompt[-1]['content']}" for model, prompt in rows]}


def state(run_id: int) -> dict[str, Any]:
    """Print what state the run is in."""
    return {"state": EvaluationRun.objects.get(pk=run_id).state}


def main() -> None:
    """Do what the arguments say."""
    verb, *words = sys.argv[1:]
    if verb == "prepare":
        found = prepare(words[0], int(words[1]), int(words[2]))
    else:
        found = {"done": done, "state": state}[verb](int(words[0]))
    sys.stdout.write(json.dumps(found) + "\n")
