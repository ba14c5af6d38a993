"""manage.py win_rates RUN [--json]: the figures and gates of a run."""

from argparse import ArgumentParser
from typing import Any

from evaluation.gates.criterion_texts import criterion_name
from evaluation.gates.texts import gate_title
from evaluation.judge.as_json import judge_as_json
from evaluation.management.lookup import find_run
from evaluation.results.actions import gates
from evaluation.results.display import intent_reading, intent_states, overall_reading
from evaluation.results.reports import RunReport, report_as_json
from evaluation.results.reports.rows import Row
from evaluation.results.reports.wording import (
    decision_label,
    decision_sentence,
    estimate_sentence,
    run_notes,
)
from reviewapp.core.commands import TouchstoneCommand
from reviewapp.core.formats import percent, percent_range
from reviewapp.core.texts import render

_HEADINGS = ("", "examples", "win rate", "interval", "won", "good", "bad", "lost", "mixed", "")


class Command(TouchstoneCommand):
    """Prints what the run's page shows: a table, or one JSON object."""

    help = "Show the win rates of a run, its gates, and what they come to."
    example = "manage.py win_rates first-look --project aurora --json"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the run, by its name."""
        parser.add_argument("name", metavar="RUN", help="the run's name")
        parser.add_argument("--project", metavar="SLUG", help="where several have such a run")
        super().add_arguments(parser)

    def run(self, options: dict[str, Any]) -> None:
        """Measure what has changed, then report."""
        found = find_run(options["name"], options["project"])
        report = gates.measure_gates(run_id=found.pk)
        self.emit(report_as_json(report) | judge_as_json(report))
        if not self.wants_json:
            for line in _lines(report):
                self.print_text(line)


def _lines(report: RunReport) -> list[str]:
    run = report.run
    return [
        f"{run.candidate} against {run.baseline}: {decision_label(report).lower()}",
        decision_sentence(report),
        estimate_sentence(report.overall, alpha=report.settings.alpha),
        *run_notes(report),
        "",
        *_table(report),
        "",
        *(
            f"[{result.state.value}] {gate_title(result.gate, result.subject, report.settings)}: "
            f"{render(result.reason)}"
            for result in report.gates
        ),
    ]


def _table(report: RunReport) -> list[str]:
    rows = [_HEADINGS, _cells("All", report.overall, overall_reading(report.overall)[0])]
    states = intent_states(report)
    rows += [
        _cells(row.name, row, intent_reading(row, states.get(row.name))[0])
        for row in report.intents
    ]
    rows += [
        _cells(
            f"[{criterion_name(criterion.key)}]", criterion.row, overall_reading(criterion.row)[0]
        )
        for criterion in report.criteria
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    return [_aligned(row, widths) for row in rows]


def _cells(name: str, row: Row, reading: str) -> tuple[str, ...]:
    shown = row.figures
    counts = (shown.wins, shown.ties_good, shown.ties_bad, shown.losses, shown.mixed)
    return (
        name,
        f"{shown.n:,}",
        percent(shown.estimate),
        percent_range(shown.lower, shown.upper),
        *(f"{count:,}" for count in counts),
        reading,
    )


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    """Align the first and the last cell to the left, figures to the right."""
    first, *figures, last = row
    middle = (cell.rjust(width) for cell, width in zip(figures, widths[1:-1], strict=True))
    return "  ".join([first.ljust(widths[0]), *middle, last]).rstrip()
