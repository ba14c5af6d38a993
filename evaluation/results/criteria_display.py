"""How the criteria of a run are drawn: a row each as for the intents, and its intents folded."""

from dataclasses import dataclass

from django.utils.translation import ngettext

from evaluation.gates import Gate, State
from evaluation.gates.criterion_texts import criterion_name
from evaluation.results.display import RateRow, draw_row, intent_reading, overall_reading
from evaluation.results.reports import RunReport
from evaluation.results.reports.criteria import CriterionRow
from reviewapp.core.formats import count, percent


@dataclass(frozen=True)
class DrawnCriterion:
    """A criterion on the page of a run.

    Attributes:
        row: over all intents.
        missing: how many counted examples have no answer on it, in words; empty if none.
        intents: the same examples by intent.
    """

    row: RateRow
    missing: str
    intents: list[RateRow]


def build_criterion_rows(report: RunReport) -> list[DrawnCriterion]:
    """Draw the criteria of a run in the order in which they are asked."""
    states = {
        result.subject: result.state
        for result in report.gates
        if result.gate is Gate.NO_CRITERION_REGRESSES
    }
    return [_draw(criterion, states.get(criterion.key)) for criterion in report.criteria]


def _draw(found: CriterionRow, state: State | None) -> DrawnCriterion:
    row = found.row
    reading = intent_reading(row, state) if row.gated else overall_reading(row)
    return DrawnCriterion(
        row=draw_row(
            criterion_name(found.key),
            row.tally,
            row.figures,
            reading=reading,
            threshold=row.threshold,
        ),
        missing=_missing(found),
        intents=[
            draw_row(intent.name, intent.tally, intent.figures, reading=("", ""))
            for intent in found.intents
        ],
    )


def _missing(found: CriterionRow) -> str:
    if not found.missing:
        return ""
    sentence = ngettext(
        "%(n)s counted example (%(share)s) has no answer on it.",
        "%(n)s counted examples (%(share)s) have no answer on it.",
        found.missing,
    )
    share = found.missing / (found.missing + found.row.figures.n)
    return sentence % {"n": count(found.missing), "share": percent(share)}
