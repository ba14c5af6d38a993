"""What a lead may withdraw before a run opens, and what was withdrawn, for its set-up page."""

from dataclasses import dataclass

from django.utils.translation import ngettext

from evaluation.runs.answer_review import faulty_answers
from evaluation.runs.lifecycle import WITHDRAWALS, RunAction
from evaluation.runs.models import EvaluationRun
from reviewapp.core.formats import count


@dataclass(frozen=True)
class WithdrawalChoice:
    """The comparisons with answers of one fault.

    Attributes:
        action: one of `WITHDRAWALS`.
        comparisons: that are in the run.
        withdrawn: that were taken out for this fault.
    """

    action: RunAction
    comparisons: int
    withdrawn: int

    @property
    def label(self) -> str:
        """The text of the button."""
        return self._written(
            ngettext(
                "Withdraw %(n)s comparison with a cut answer",
                "Withdraw %(n)s comparisons with a cut answer",
                self.comparisons,
            ),
            ngettext(
                "Withdraw %(n)s comparison with an answer without text",
                "Withdraw %(n)s comparisons with an answer without text",
                self.comparisons,
            ),
            self.comparisons,
        )

    @property
    def question(self) -> str:
        """The question before they are withdrawn."""
        return self._written(
            ngettext(
                "Withdraw %(n)s comparison with a cut answer? Nobody votes on it, and it cannot "
                "be put back.",
                "Withdraw %(n)s comparisons with a cut answer? Nobody votes on them, and they "
                "cannot be put back.",
                self.comparisons,
            ),
            ngettext(
                "Withdraw %(n)s comparison with an answer without text? Nobody votes on it, and "
                "it cannot be put back.",
                "Withdraw %(n)s comparisons with an answer without text? Nobody votes on them, "
                "and they cannot be put back.",
                self.comparisons,
            ),
            self.comparisons,
        )

    @property
    def report(self) -> str:
        """What was withdrawn, as a sentence."""
        return self._written(
            ngettext(
                "%(n)s comparison with a cut answer is withdrawn.",
                "%(n)s comparisons with a cut answer are withdrawn.",
                self.withdrawn,
            ),
            ngettext(
                "%(n)s comparison with an answer without text is withdrawn.",
                "%(n)s comparisons with an answer without text are withdrawn.",
                self.withdrawn,
            ),
            self.withdrawn,
        )

    def _written(self, of_cut: str, of_blank: str, number: int) -> str:
        sentence = of_cut if self.action == RunAction.WITHDRAW_CUT else of_blank
        return sentence % {"n": count(number)}


def withdrawal_choices(run: EvaluationRun) -> list[WithdrawalChoice]:
    """Return what can be, or was, withdrawn from a run for faults of its answers."""
    events = run.events.filter(action__in=WITHDRAWALS).values_list("action", "detail")
    done = dict.fromkeys(WITHDRAWALS, 0)
    for action, detail in events:
        done[RunAction(action)] += len(detail["positions"])
    choices = [
        WithdrawalChoice(action, _comparisons(run, action), done[action]) for action in WITHDRAWALS
    ]
    return [choice for choice in choices if choice.comparisons or choice.withdrawn]


def _comparisons(run: EvaluationRun, action: RunAction) -> int:
    return faulty_answers(run, action).values("comparison_id").distinct().count()
