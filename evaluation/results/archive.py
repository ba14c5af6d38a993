"""Everything of a run as files: answers and votes to import again, tables, figures, settings.

`import_answers` and `import_votes` read `answers.jsonl`, `run.json`, `votes.jsonl` and
`adjudications.jsonl` back into another project, with the same figures (docs/runs.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from django.db.models import Prefetch

from evaluation.adjudication.models import Adjudication
from evaluation.results.parquet import ColumnType, write_parquet_file
from evaluation.results.reports import RunReport, report_as_json
from evaluation.runs.actions.criteria import criteria_of
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.runs.models.counts import ALL_COLUMNS
from evaluation.stats.verdicts import Contender
from evaluation.voting.blinding import other
from evaluation.voting.models import CriterionVote, Vote
from evaluation.voting.texts import REASON_LABELS
from reviewapp.core.spreadsheets import csv_lines
from reviewapp.core.texts import render_english

_ROWS_AT_ONCE = 500
_README = Path(__file__).with_name("archive_readme.txt")
LEFT_OUT = (Comparison.State.SET_ASIDE, Comparison.State.WITHDRAWN)
"""States of comparisons that are in no file but the table of examples."""

VOTE_COLUMNS = (
    *("id", "position", "intent", "rater", "verdict", "choice", "left", "counted"),
    *("reasons_candidate", "reasons_baseline", "rationale", "recognised", "source", "at"),
)
EXAMPLE_COLUMNS = (
    *("id", "position", "intent", "own_intent", "language", "tags", "policies", "state"),
    *("votes_needed", *(name.removeprefix("all_") for name in ALL_COLUMNS), "closed_at"),
)

OUTCOME_COLUMNS = (
    *("id", "position", "adjudicator", "verdict", "choice", "left", "note", "at", "is_current"),
)
VOTE_TYPES: Final[Mapping[str, ColumnType]] = {
    **dict.fromkeys(VOTE_COLUMNS, ColumnType.TEXT),
    "position": ColumnType.INTEGER,
    **dict.fromkeys(("counted", "recognised"), ColumnType.BOOLEAN),
    **dict.fromkeys(("reasons_candidate", "reasons_baseline"), ColumnType.TEXTS),
    "at": ColumnType.TIME,
}
EXAMPLE_TYPES: Final[Mapping[str, ColumnType]] = {
    **dict.fromkeys(EXAMPLE_COLUMNS, ColumnType.INTEGER),
    **dict.fromkeys(("id", "intent", "own_intent", "language", "state"), ColumnType.TEXT),
    **dict.fromkeys(("tags", "policies"), ColumnType.TEXTS),
    "closed_at": ColumnType.TIME,
}
"""Types of the columns in Parquet files; in CSV all are text."""


def write_archive(file: IO[bytes], report: RunReport, *, with_parquet: bool) -> None:
    """Write a run as a ZIP file; `with_parquet` adds both tables as Parquet files."""
    run = report.run
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.write(_README, "README.txt")
        archive.writestr("run.json", _json(run_as_json(run)))
        archive.writestr("figures.json", _json(report_as_json(report)))
        _write_lines(archive, "answers.jsonl", map(_line, answer_rows(run)))
        _write_lines(archive, "votes.jsonl", map(_line, vote_rows(run)))
        _write_lines(archive, "votes.csv", csv_lines(_cells(vote_table(run))))
        _write_lines(archive, "adjudications.jsonl", map(_line, outcome_rows(run)))
        _write_lines(archive, "adjudications.csv", csv_lines(outcome_table(run)))
        _write_lines(archive, "examples.csv", csv_lines(_cells(example_table(run))))
        if with_parquet:
            types = {**VOTE_TYPES, **dict.fromkeys(_criterion_columns(run), ColumnType.TEXT)}
            write_parquet_file(archive, "votes.parquet", vote_table(run), types)
            write_parquet_file(archive, "examples.parquet", example_table(run), EXAMPLE_TYPES)


def _write_lines(archive: ZipFile, name: str, lines: Iterator[str]) -> None:
    with archive.open(name, "w", force_zip64=True) as file:
        for line in lines:
            file.write(line.encode("utf-8", "surrogatepass"))


def _cells(table: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """Yield the rows of a table as CSV has them: lists with commas, times by ISO 8601."""
    for row in table:
        yield [_cell(value) for value in row]


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _line(row: Mapping[str, Any]) -> str:
    return f"{json.dumps(row, ensure_ascii=False)}\n"


def run_as_json(run: EvaluationRun) -> dict[str, Any]:
    """Return the run with its terms, as `import_answers --terms` reads them."""
    return {
        "run": run.name,
        "title": run.title,
        "project": run.project.slug,
        "baseline": run.baseline.name,
        "candidate": run.candidate.name,
        "state": run.state,
        "votes_per_example": "all" if run.is_unordered else run.votes_per_example,
        "overlap_percent": run.overlap_percent,
        "overlap_votes": run.overlap_votes,
        "order_seed": run.order_seed,
        "gates": run.gate_settings,
        "criteria": [criterion.as_json() for criterion in criteria_of(run)],
        "sampling": run.sampling,
        "opened_at": _iso(run.opened_at),
        "closed_at": _iso(run.closed_at),
    }


def _iso(at: Any) -> str | None:
    return at.isoformat() if at else None


def _comparisons(run: EvaluationRun) -> Iterator[Comparison]:
    """Yield the comparisons that count or may count, in served order."""
    kept = run.comparisons.exclude(state__in=LEFT_OUT)
    ordered = kept.select_related("intent").order_by("position")
    answers = Prefetch("answers", Answer.objects.filter(run=run))
    yield from ordered.prefetch_related(answers).iterator(chunk_size=_ROWS_AT_ONCE)


def _key(comparison: Comparison) -> str:
    """Return the id under which a comparison is exported."""
    return comparison.external_id or f"comparison-{comparison.position}"


def answer_rows(run: EvaluationRun) -> Iterator[dict[str, Any]]:
    """Yield the rows of the file of answers; `served` is left out where there is no order."""
    for served, comparison in enumerate(_comparisons(run), start=1):
        answers = {answer.model_version_id: answer for answer in comparison.answers.all()}
        row = {
            "id": _key(comparison),
            "intent": comparison.intent.name,
            "language": comparison.language,
            "tags": comparison.tags,
            "policies": comparison.policies,
            "messages": comparison.prompt,
            "baseline": _answer(answers.get(run.baseline_id)),
            "candidate": _answer(answers.get(run.candidate_id)),
            "votes_needed": comparison.votes_needed,
            "served": served,
        }
        if run.is_unordered:
            del row["served"], row["votes_needed"]
        yield row


def _answer(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {"error": "no answer"}
    if answer.error:
        return {"error": render_english(answer.error)}
    figures = {
        "latency_ms": answer.latency_ms,
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "cost_usd": None if answer.cost_usd is None else str(answer.cost_usd),
        "finish_reason": answer.finish_reason or None,
    }
    return {"content": answer.text, **{k: v for k, v in figures.items() if v is not None}}


def _votes(run: EvaluationRun) -> Iterator[Vote]:
    """Yield the votes that were not undone, those that close an example first."""
    votes = Vote.objects.filter(run=run, undone_at__isnull=True)
    votes = votes.exclude(comparison__state__in=LEFT_OUT)
    related = votes.select_related("comparison__intent", "rater")
    if run.criteria_count:
        answers = CriterionVote.objects.select_related("criterion")
        related = related.prefetch_related(Prefetch("on_criteria", answers))
    yield from related.order_by("-counted", "at", "pk").iterator(chunk_size=_ROWS_AT_ONCE)


def vote_rows(run: EvaluationRun) -> Iterator[dict[str, Any]]:
    """Yield the rows of the file of votes."""
    for vote in _votes(run):
        row = {
            "id": _key(vote.comparison),
            "rater": vote.rater.name,
            "verdict": vote.verdict,
            "left": vote.left,
            "rationale": vote.rationale,
            "at": vote.at.isoformat(),
        }
        more = {
            "criteria": _on_criteria(vote) if run.criteria_count else {},
            "reasons": {str(model): codes for model, codes in _reasons(vote).items() if codes},
            "recognised": vote.recognised,
        }
        given = {name: value for name, value in row.items() if value not in {None, ""}}
        yield given | {name: value for name, value in more.items() if value}


def _on_criteria(vote: Vote) -> dict[str, str]:
    """Return the verdict on each criterion that was answered, by its key."""
    return {answer.criterion.key: answer.verdict for answer in vote.on_criteria.all()}


def _criterion_columns(run: EvaluationRun) -> dict[str, str]:
    """Return the key of each criterion by its column of the table of votes."""
    return {f"criterion: {criterion.key}": criterion.key for criterion in criteria_of(run)}


def vote_table(run: EvaluationRun) -> Iterator[list[Any]]:
    """Yield the table of single votes with their reasons: a header, then a row for each."""
    keys = _criterion_columns(run)
    yield [*VOTE_COLUMNS, *keys]
    for vote in _votes(run):
        reasons = _reasons(vote)
        answers = _on_criteria(vote) if keys else {}
        yield [
            _key(vote.comparison),
            vote.comparison.position,
            vote.comparison.intent.name,
            vote.rater.name,
            vote.verdict,
            vote.choice or None,
            vote.left or None,
            vote.counted,
            reasons[Contender.CANDIDATE],
            reasons[Contender.BASELINE],
            vote.rationale,
            vote.recognised,
            vote.source,
            vote.at,
            *(answers.get(key) for key in keys.values()),
        ]


def _reasons(vote: Vote) -> dict[Contender, list[str]]:
    """Return the codes of the reasons that a vote gave, by model."""
    given: dict[Contender, list[str]] = {Contender.CANDIDATE: [], Contender.BASELINE: []}
    if vote.left is None:
        return given
    left = Contender(vote.left)
    for side, model in (("left", left), ("right", other(left))):
        given[model] = [code for code in vote.reasons.get(side, []) if code in REASON_LABELS]
    return given


def example_table(run: EvaluationRun) -> Iterator[list[Any]]:
    """Yield the table of examples with their labels: a header, then a row for each."""
    yield list(EXAMPLE_COLUMNS)
    ordered = run.comparisons.select_related("intent").order_by("position")
    for comparison in ordered.iterator(chunk_size=_ROWS_AT_ONCE):
        yield [
            _key(comparison),
            comparison.position,
            comparison.intent.name,
            comparison.intent_name,
            comparison.language,
            comparison.tags,
            comparison.policies,
            comparison.state,
            comparison.votes_needed,
            *(getattr(comparison, name) for name in ALL_COLUMNS),
            comparison.closed_at,
        ]


def outcome_rows(run: EvaluationRun) -> Iterator[dict[str, Any]]:
    """Yield the outcomes of adjudications, also those that a later one replaced."""
    stored = Adjudication.objects.filter(comparison__run=run)
    found = stored.exclude(comparison__state__in=LEFT_OUT).select_related("comparison", "actor")
    ordered = list(found.order_by("comparison__position", "pk"))
    newest = {outcome.comparison_id: outcome.pk for outcome in ordered}
    for outcome in ordered:
        values = (
            _key(outcome.comparison),
            outcome.comparison.position,
            outcome.adjudicator,
            outcome.verdict,
            outcome.choice,
            outcome.left,
            outcome.note,
            outcome.at.isoformat(),
            newest[outcome.comparison_id] == outcome.pk,
        )
        yield dict(zip(OUTCOME_COLUMNS, values, strict=True))


def outcome_table(run: EvaluationRun) -> Iterator[list[Any]]:
    """Yield the table of outcomes: a header, then a row for each."""
    yield list(OUTCOME_COLUMNS)
    for row in outcome_rows(run):
        yield list(row.values())
