"""Tables of results: what the gates of a run came to, and sums along its served order."""

from evaluation.results.models.decisions import RunDecision
from evaluation.results.models.gates import GateCheck
from evaluation.results.models.tallies import PendingMeasurement, RunAnswerMetrics, RunTally

__all__ = ["GateCheck", "PendingMeasurement", "RunAnswerMetrics", "RunDecision", "RunTally"]
