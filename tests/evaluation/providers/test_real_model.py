"""A run with a real model: the tuned adapter keeps to its format, the base model does not."""

import json
import re

import pytest

from evaluation.registry.trials import try_model
from evaluation.runs.actions import generation
from evaluation.runs.prompts import Prompt, without_answer
from evaluation.runs.tasks import ANSWERS
from evaluation.runs.terms import Sampling
from tests.factories.people import make_project
from tests.factories.runs import make_model_version, make_run
from tests.model_server import BASE_BODY, TUNED_BODY, ModelServer
from tests.reference import reference_file
from tests.workers import eventually, worker

EXAMPLES = 10
FORMAT = re.compile(r"\[\w+\|\w+\] ")


def held_out() -> list[Prompt]:
    """The first held-out messages of the shop that the adapter was tuned for."""
    file = reference_file("models/triage-heldout.jsonl")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[:EXAMPLES]]
    return [
        Prompt(key=f"mail-{number:02d}", messages=without_answer(row["messages"]))
        for number, row in enumerate(rows)
    ]


@pytest.mark.django_db(transaction=True)
def test_base_and_tuned_model_answer_a_whole_run(model_server: ModelServer) -> None:
    project = make_project()
    base, tuned = (
        make_model_version(
            project,
            name=name,
            base_url=model_server.url,
            model_id=model_server.model_id,
            extra_body=body,
        )
        for name, body in (("base", BASE_BODY), ("tuned", TUNED_BODY))
    )
    trial = try_model(base)
    assert trial.error is None
    run = make_run(
        project,
        candidate=tuned,
        baseline=base,
        prompts=held_out(),
        sampling=Sampling(temperature=0.0, max_tokens=12, seed=1),
    )
    generation.start_generation(run_id=run.pk, actor=None)
    with worker(threads=2):
        ANSWERS.wake()
        # It waits for a lead if the base model talks until its tokens are used up.
        eventually(lambda: not run.answers.pending().exists(), "all answers are there")
    answers = run.answers.select_related("model_version")
    assert answers.count() == 2 * EXAMPLES
    assert all(
        answer.latency_ms and answer.prompt_tokens and answer.completion_tokens
        for answer in answers
    )
    kept = [answer.model_version.name for answer in answers if FORMAT.match(answer.text)]
    assert kept.count("tuned") >= EXAMPLES - 1
    assert kept.count("base") == 0
