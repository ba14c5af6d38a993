"""How far a judge run is, and why some of its judgements failed."""

from dataclasses import dataclass

from django.db.models import Count, Q

from evaluation.judge.models import Judgement, JudgeRun
from reviewapp.core.messages import Message


@dataclass(frozen=True)
class JudgeProgress:
    """The judgements of a judge run by state, without those of excluded comparisons."""

    total: int
    done: int
    failed: int

    @property
    def unanswered(self) -> int:
        """Judgements without a verdict."""
        return self.total - self.done


@dataclass(frozen=True)
class FailureGroup:
    """Failed judgements with the same reason."""

    code: str
    error: Message | None
    judgements: int


def judge_progress(judge_run: JudgeRun) -> JudgeProgress:
    """Return the number of judgements by state."""
    state = Judgement.State
    counted = judge_run.judgements.in_run().aggregate(
        total=Count("pk"),
        done=Count("pk", filter=Q(state=state.DONE)),
        failed=Count("pk", filter=Q(state=state.FAILED)),
    )
    return JudgeProgress(**counted)


def failure_groups(judge_run: JudgeRun) -> list[FailureGroup]:
    """Return the failed judgements by their code, the most frequent first, with one reason each."""
    found: dict[str, list[Message | None]] = {}
    failed = judge_run.judgements.failed()
    for code, error in failed.order_by("pk").values_list("error_code", "error"):
        found.setdefault(code, []).append(error)
    groups = [FailureGroup(code, errors[0], len(errors)) for code, errors in found.items()]
    return sorted(groups, key=lambda group: -group.judgements)
