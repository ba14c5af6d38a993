"""Judges at work on small runs, for tests."""

import json
import re
from collections.abc import Callable
from typing import Any

from evaluation.judge.actions import judging
from evaluation.judge.actions.judging import JudgePlan
from evaluation.judge.models import Judgement, JudgeRun
from evaluation.judge.tasks import JUDGEMENTS
from evaluation.registry.actions import registry
from evaluation.registry.models import ModelVersion
from evaluation.runs.models import EvaluationRun
from tests.factories.runs import NOWHERE, make_model_version, make_voting_run
from tests.fake_openai import completion

LIMITS = registry.Limits(50, 500)
WIN = ("candidate", "candidate")
LOSS = ("baseline", "baseline")
FLIP = ("candidate", "baseline")
ERROR = ("candidate", "")
SECRET = "judge-tell-tale"
ANSWERS = re.compile(r"<answer_a>\n(.*?)\n</answer_a>.*<answer_b>\n(.*?)\n</answer_b>", re.DOTALL)


def make_judge(run: EvaluationRun, base_url: str = NOWHERE, **fields: Any) -> ModelVersion:
    """Return a model of the run's project that can be asked."""
    fields.setdefault("model_id", "referee-1")
    return make_model_version(run.project, base_url=base_url, limits=LIMITS, **fields)


def start(run: EvaluationRun, model: ModelVersion, **plan: Any) -> JudgeRun:
    """Start a judge on a run."""
    return judging.start_judging(
        run_id=run.pk, plan=JudgePlan(model_id=model.pk, **plan), actor=None
    )


def make_judged_run(examples: int = 4, base_url: str = NOWHERE, **plan: Any) -> JudgeRun:
    """Return a judge run at work on a run that is open for votes."""
    run = make_voting_run(examples=examples)
    return start(run, make_judge(run, base_url), **plan)


def replying(choose: Callable[[str, str], str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return the answers of a judge that chooses from the texts of A and B."""

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        found = ANSWERS.search(body["messages"][-1]["content"])
        assert found is not None
        return completion(json.dumps({"reason": "because", "verdict": choose(*found.groups())}))

    return answer


def prefer_candidate(answer_a: str, _answer_b: str) -> str:
    """Choose the answer of the candidate, wherever it is."""
    return "A" if answer_a.startswith("Of course!") else "B"


def always_first(_answer_a: str, _answer_b: str) -> str:
    """Choose what is read first."""
    return "A"


def ask_all(judge_run: JudgeRun) -> None:
    """Run each waiting job once, as one worker would."""
    for pk in judge_run.judgements.filter(state="waiting").order_by("pk").values_list("pk"):
        JUDGEMENTS.run(pk[0])
    judge_run.refresh_from_db()


def make_due(judge_run: JudgeRun) -> None:
    """Let the time pass that judgements wait for."""
    Judgement.objects.filter(judge_run=judge_run, state="waiting").update(run_after=None)


def judged(run: EvaluationRun, verdicts: list[tuple[str, str]]) -> JudgeRun:
    """Return a finished judge with these verdicts in served order, the candidate first, second."""
    judge_run = start(run, make_judge(run, name=SECRET))
    for position, pair in enumerate(verdicts, start=1):
        for first, verdict in zip(("candidate", "baseline"), pair, strict=True):
            row = Judgement.objects.filter(comparison__position=position, first=first)
            said = f'{{"reason": "{SECRET}", "verdict": "A"}}'
            if verdict:
                row.update(state="done", verdict=verdict, reply=said)
            else:
                row.update(state="failed", error_code="invalid_verdict", reply=SECRET)
    JudgeRun.objects.update(state="done")
    judge_run.refresh_from_db()
    return judge_run
