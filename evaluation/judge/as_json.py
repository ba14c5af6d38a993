"""A judge's figures as JSON and as lines of the run's CSV file; proportions are from 0 to 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluation.judge.doubts import doubts_about
from evaluation.judge.forecast import Forecast
from evaluation.judge.models import JudgeRun
from evaluation.judge.progress import judge_progress
from evaluation.judge.report import JudgeRow, judge_line
from evaluation.registry.models import ModelVersion
from evaluation.results.reports import RunReport
from evaluation.results.table import COLUMNS
from evaluation.runs.models import EvaluationRun
from evaluation.stats.judge import Share
from reviewapp.core.texts import render_english


def judge_as_json(report: RunReport) -> dict[str, Any]:
    """Return the key `judge` of a run's output; null when no judge was asked."""
    found = judge_line(report)
    if found is None:
        return {"judge": None}
    judge_run = found.judge_run
    return {
        "judge": {
            **progress_as_json(judge_run),
            "judges_of_this_run": report.run.judge_runs.count(),
            "overall": _row(found.overall),
            "intents": [{"intent": row.name, **_row(row)} for row in found.intents],
            "flips": _share(found.flips),
            "first_share": _share(found.first),
            "is_unsteady": found.is_unsteady,
            "doubts": doubts_as_json(judge_run.model_version, report.run),
        }
    }


def progress_as_json(judge_run: JudgeRun) -> dict[str, Any]:
    """Return the terms of a judge, how far it is and what it has spent: nothing of its verdicts."""
    progress, usd_cap = judge_progress(judge_run), judge_run.usd_cap
    return {
        "id": judge_run.pk,
        "model": judge_run.model_version.name,
        "rubric": judge_run.rubric.number,
        "rubric_digest": judge_run.rubric.digest,
        "sampling": judge_run.sampling,
        "state": judge_run.state,
        "stop_code": judge_run.stop_code,
        "started_at": judge_run.started_at.isoformat(),
        "asked_after_close": judge_run.asked_after_close,
        "judgements": progress.total,
        "done": progress.done,
        "errors": progress.failed,
        "spent_tokens": judge_run.spent_tokens,
        "spent_usd": float(judge_run.spent_usd),
        "usd_cap": None if usd_cap is None else float(usd_cap),
        "token_cap": judge_run.token_cap,
    }


def forecast_as_json(forecast: Forecast) -> dict[str, Any]:
    """Return what a judge would cost at most, without retries."""
    return {
        "calls": forecast.calls,
        "tokens_in": forecast.tokens_in,
        "tokens_out": forecast.tokens_out,
        "usd": None if forecast.usd is None else float(forecast.usd),
    }


def doubts_as_json(judge: ModelVersion, run: EvaluationRun) -> list[dict[str, str]]:
    """Return what a judge has in common with the compared models, in English, with codes."""
    return [
        {"code": doubt.code, "sentence": render_english(doubt)}
        for doubt in doubts_about(judge, run)
    ]


def _row(row: JudgeRow) -> dict[str, Any]:
    kappa, combined = row.agreement, row.combined
    ends = kappa.interval
    return {
        "estimate": row.estimate,
        "lower": row.interval.lower,
        "upper": row.interval.upper,
        "n": row.judged,
        "kappa": {
            "value": kappa.value,
            "lower": ends.lower if ends else None,
            "upper": ends.upper if ends else None,
            "n": kappa.units,
        },
        "correlation": row.correlation.value,
        "with_people": combined
        and {
            "estimate": combined.estimate,
            "lower": combined.interval.lower,
            "upper": combined.interval.upper,
            "n": combined.n,
        },
    }


def _share(found: Share) -> dict[str, Any]:
    ends = {"lower": found.interval.lower, "upper": found.interval.upper}
    return {"share": found.share, **ends, "n": found.n}


def judge_table(report: RunReport) -> Iterator[list[Any]]:
    """Yield the judge's lines of the CSV file: its win rates, then those with people's votes."""
    found = judge_as_json(report)["judge"]
    if found is None:
        return
    rows = [{"intent": "All", **found["overall"]}, *found["intents"]]
    for row in rows:
        names = {"row": "judge", "name": row["intent"], "label": found["model"]}
        yield _line(names | row)
    for row in rows:
        if row["with_people"]:
            yield _line({"row": "judge_with_people", "name": row["intent"], **row["with_people"]})


def _line(found: dict[str, Any]) -> list[Any]:
    return [found.get(name, "") for name in COLUMNS]
