"""The same file of answers again: what of it the run has already."""

from collections.abc import Iterator

from django.db.models import OuterRef, Subquery, TextField, Value
from django.db.models.functions import Coalesce, NullIf

from datasets.conversations.errors import RowError
from evaluation.runs.actions.answer_plan import AnswerImport, AnswerImportReport
from evaluation.runs.actions.answer_scan import AnswerScan, digest_of
from evaluation.runs.models import Answer, EvaluationRun
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.prompts import prompt_hash
from reviewapp.core.commands import count_of
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message


def compare_rows(run: EvaluationRun, plan: AnswerImport, scan: AnswerScan) -> AnswerImportReport:
    """Compare the file with the run of that name: equal rows are unchanged, others rejected."""
    if (run.baseline.name, run.candidate.name) != (plan.baseline, plan.candidate):
        raise InvalidInput(
            f"There is a run “{run.name}” already, "  # not translated: CLI
            f"and it compares {run.candidate} with {run.baseline}. Choose another name."
        )
    asked = None if run.all_votes else run.votes_per_example
    if plan.must_match_votes and plan.votes_per_example != asked:
        raise InvalidInput(
            f"There is a run “{run.name}” already, "  # not translated: CLI
            "and its examples close with "
            f"{'all their votes' if asked is None else count_of(asked, 'vote')}, for good. Leave "
            "out --votes-per-example, or choose another name."
        )
    stored = dict(_stored_digests(run))
    report = AnswerImportReport(
        run, unchanged=scan.repeated, errors=scan.errors, unread=dict(scan.unread)
    )
    for key, digest in scan.hashes.items():
        if stored.get(key) == digest:
            report.unchanged += 1
            continue
        differs = "other_content" if key in stored else "not_in_run"
        reason = message(f"runs.run_is_fixed.{differs}", id=key, run=run.name)
        report.errors.append(RowError(scan.lines[key], reason))
    report.errors.sort(key=lambda error: error.line)
    return report


def _stored_digests(run: EvaluationRun) -> Iterator[tuple[str, bytes]]:
    original = NullIf("original_text", Value("", output_field=TextField()))
    given = Coalesce(original, "text", output_field=TextField())
    answers = Answer.objects.filter(comparison=OuterRef("pk")).annotate(given=given)
    stored = run.comparisons.annotate(
        baseline=Subquery(answers.filter(model_version=run.baseline_id).values("given")),
        candidate=Subquery(answers.filter(model_version=run.candidate_id).values("given")),
    ).values_list("external_id", "prompt", "intent_name", "baseline", "candidate")
    for key, prompt, intent, *texts in stored.iterator(chunk_size=ROWS_AT_ONCE):
        yield key, digest_of(prompt_hash(prompt), intent, [text or "" for text in texts])
