"""What a judge replied about each example: a page to read and filter, and a CSV file of all."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from evaluation.judge.examples import (
    ExampleKind,
    JudgedExample,
    judged_examples,
    require_replies,
    with_judgements,
)
from evaluation.judge.models import Judgement, JudgeRun
from evaluation.judge.replies import reply_rows
from evaluation.judge.verdicts import reason_in
from evaluation.results.reports.examples import example_page
from evaluation.results.views.paging import neighbours, position_in
from evaluation.runs.models import Answer
from evaluation.voting.rendering import (
    RenderedAnswers,
    RenderedPrompt,
    render_answers,
    render_prompt,
)
from reviewapp.core.spreadsheets import csv_response
from reviewapp.core.texts import render as render_message
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

KIND_LABELS = {
    ExampleKind.ALL: _("All examples"),
    ExampleKind.DISAGREES: _("Judge and people disagree"),
    ExampleKind.FLIPPED: _("Changed with the order"),
    ExampleKind.FAILED: _("Without a verdict"),
}


@dataclass(frozen=True)
class ShownReply:
    """A reply with the reason that it gives."""

    judgement: Judgement
    reason: str


@dataclass(frozen=True)
class ShownExample:
    """A judged example with its prompt, both answers and both replies."""

    judged: JudgedExample
    prompt: RenderedPrompt
    baseline: Answer | None
    candidate: Answer | None
    texts: RenderedAnswers
    replies: list[ShownReply]


def _judge_run(request: ProjectRequest, run_id: int, judge_id: int) -> JudgeRun:
    related = ("run__project", "run__candidate", "run__baseline", "model_version", "rubric")
    found = get_object_or_404(
        JudgeRun.objects.select_related(*related),
        pk=judge_id,
        run=run_id,
        run__project=request.project,
    )
    require_replies(request.user, found.run)
    return found


@require_safe
@project_view(Permission.LEAD)
def judge_replies(request: ProjectRequest, run_id: int, judge_id: int) -> HttpResponse:
    """Show the examples with both replies of a judge, beside what people voted."""
    judge_run = _judge_run(request, run_id, judge_id)
    wanted, intent = request.GET.get("show", ""), request.GET.get("intent", "").replace("\x00", "")
    kind = ExampleKind(wanted) if wanted in set(ExampleKind) else ExampleKind.ALL
    found = judged_examples(judge_run, kind, intent=intent).prefetch_related(
        "answers__model_version"
    )
    page = example_page(
        found, after=position_in(request, "after"), before=position_in(request, "before")
    )
    query = urlencode({"show": kind.value, "intent": intent})
    context = {
        "run": judge_run.run,
        "judge_run": judge_run,
        "kind": kind.value,
        "kinds": [(reply_kind.value, label) for reply_kind, label in KIND_LABELS.items()],
        "intent": intent,
        "intents": list(judge_run.run.intents.values_list("name", flat=True)),
        "examples": [
            _shown(example, judge_run) for example in with_judgements(judge_run, page.examples)
        ],
        **neighbours(page, query),
    }
    return render(request, "evaluation/judge/replies.html", context)


def _shown(judged: JudgedExample, judge_run: JudgeRun) -> ShownExample:
    answers = {answer.model_version_id: answer for answer in judged.comparison.answers.all()}
    run = judge_run.run
    baseline, candidate = answers.get(run.baseline_id), answers.get(run.candidate_id)
    texts = (baseline.text if baseline else "", candidate.text if candidate else "")
    replies = (judgement for judgement in judged.judgements if judgement is not None)
    return ShownExample(
        judged=judged,
        prompt=render_prompt(judged.comparison.prompt),
        baseline=baseline,
        candidate=candidate,
        texts=render_answers(*texts),
        replies=[ShownReply(judgement, reason_in(judgement.reply)) for judgement in replies],
    )


@require_safe
@project_view(Permission.LEAD)
def judge_csv(request: ProjectRequest, run_id: int, judge_id: int) -> HttpResponseBase:
    """Return every judgement with its reply as a CSV file."""
    judge_run = _judge_run(request, run_id, judge_id)
    # Programs read the file, so it is in one language for everyone.
    with translation.override(settings.LANGUAGE_CODE):
        rows = list(reply_rows(judge_run, render_message))
    return csv_response(f"run-{run_id}-judge-{judge_run.pk}.csv", rows)
