"""The one bridge between the ORM and the statistics: SQL aggregates in, a run's report out."""

from evaluation.results.reports.as_json import report_as_json, report_for_evidence
from evaluation.results.reports.run_report import RaterLine, RunReport, build_report

__all__ = ["RaterLine", "RunReport", "build_report", "report_as_json", "report_for_evidence"]
