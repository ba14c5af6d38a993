"""Rows of trainings, preferences, batches, shadow checks and bulk actions in the demo."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from datasets.bulk import actions as bulk
from datasets.bulk.actions.selecting import Selection
from datasets.bulk.models import BulkKind
from datasets.curation.columns import every_column
from datasets.curation.models import GoldenExample
from datasets.ingest.actions import accept_upload
from datasets.ingest.tasks import IMPORTS
from datasets.saved_views.actions import save_view
from evaluation.batches.actions.starting import start_with_batches
from evaluation.preferences.actions.freezing import freeze_preferences
from evaluation.results.actions.closing import close_run
from evaluation.shadow.actions import archetypes, checks
from evaluation.shadow.tasks import SHADOW_ANSWERS
from evaluation.training.models import TrainingRun
from evaluation.training.schedules.actions.setting import create_schedule
from evaluation.training.schedules.terms import ScheduleTerms
from evaluation.training.windows.actions import add_window
from reviewapp.people.models import Project, User
from reviewapp.webhooks.actions.settings import create_webhook
from tests.factories.imports import make_row
from tests.factories.runs import make_model_version, make_run
from tests.factories.trainings import make_training, work
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run
from tests.fake_openai import fake_openai
from tests.fake_trainings import fake_trainings

WORDS = {
    "find": "the",
    "by": "that",
    "roles": ["assistant"],
    "is_regex": False,
    "ignores_case": False,
}


@contextmanager
def later_pages(project: Project, lead: User) -> Iterator[tuple[list[str], str]]:
    """Yield the addresses of the pages, and that of the scripted service of trainings."""

    def to(name: str, *args: object) -> str:
        return reverse(name, args=[project.slug, *args])

    with fake_trainings() as service:
        done, running = _trainings(project, service.url, lead)
        schedule = _schedule(project, done, lead)
        check = _shadow_check(project, lead)
        bulk_actions = _bulk_actions(project, lead)
        model = done.checkpoints.get(is_final=True).model_version
        assert model is not None
        pages = [
            *(to(f"evaluation:training_{name}") for name in ("settings", "windows", "schedules")),
            *(to("evaluation:training_run", training.pk) for training in (done, running)),
            to("evaluation:new_schedule"),
            to("evaluation:training_schedule", schedule),
            to("evaluation:shutdowns"),
            *(
                to(f"evaluation:{name}")
                for name in ("pipeline", "service", "preferences", "shadow")
            ),
            to("evaluation:model", model.pk),
            to("evaluation:model_pipeline", model.pk),
            to("evaluation:training_pipeline", running.pk),
            to("evaluation:version_pipeline", done.version.number),
            to("evaluation:new_preferences"),
            to("evaluation:preference_set", _preferences(project)),
            to("evaluation:shadow_settings"),
            to("evaluation:shadow_check", check),
            to("evaluation:run_setup", _run_in_batches(project)),
            *(to("datasets:bulk_action", number) for number in bulk_actions),
            to("datasets:bulk_left_out", bulk_actions[0]),
            to("datasets:bulk_actions"),
            to("datasets:mini_batch", 1),
            f"{to('datasets:queue')}?q=the",
            *(to(f"datasets:{name}") for name in ("prices", "coverage", "voice")),
            *(to(f"datasets:{name}") for name in ("text_blocks", "new_text_block", "name_search")),
            to("datasets:system_messages"),
            to("datasets:new_voice_rule", "word"),
            *(to(f"datasets:{name}") for name in ("coverage_targets", "curate_next")),
            *_queue_pages(project, lead),
            to("datasets:import_batch", _import_of_rows(project, lead, is_trial=True)),
            to("datasets:import_correct", _import_of_rows(project, lead, is_trial=False)),
            to("webhook", _webhook(project, lead)),
        ]
        yield pages, service.url


def _trainings(project: Project, url: str, lead: User) -> tuple[TrainingRun, TrainingRun]:
    version = project.versions.get(number=1)
    done = work(make_training(version, url, actor=lead))
    return done, work(make_training(version, url, actor=lead), rounds=2)


def _queue_pages(project: Project, lead: User) -> list[str]:
    """Return the queue with every column, sorted, and the page of saved views."""
    query = urlencode({"sort": "-age", "columns": [c.code for c in every_column()]}, doseq=True)
    save_view(project=project, name="Oldest", query=query, for_project=True, actor=lead)
    pages = [reverse(f"datasets:{name}", args=[project.slug]) for name in ("queue", "saved_views")]
    return [f"{pages[0]}?{query}", pages[1]]


def _import_of_rows(project: Project, lead: User, *, is_trial: bool) -> int:
    """Return an import with an unknown key and a rejected row."""
    rows = [make_row(1), make_row(2, colour="red"), {"messages": []}]
    upload = SimpleUploadedFile("rows.jsonl", "\n".join(map(json.dumps, rows)).encode())
    batch = accept_upload(
        project=project, upload=upload, format_="auto", source="", is_trial=is_trial, actor=lead
    )
    IMPORTS.run(batch.pk)
    return batch.pk


def _webhook(project: Project, lead: User) -> int:
    return create_webhook(
        project=project,
        url="https://hooks.example.com/touchstone",
        events=["run.needs_votes"],
        body_format="event",
        actor=lead,
    ).webhook.pk


def _schedule(project: Project, like: TrainingRun, lead: User) -> int:
    add_window(project=project, days=range(5), starts=time(22), ends=time(6), actor=lead)
    terms = ScheduleTerms("Monthly", "month", 0, 1, time(2), 20, like.pk, "The newest answers.")
    return create_schedule(project=project, terms=terms, actor=lead).pk


def _shadow_check(project: Project, lead: User) -> int:
    archetypes.propose_archetypes(project=project, actor=lead)
    with fake_openai() as service:
        model = make_model_version(project, base_url=service.url)
        check = checks.start_check(project=project, model_id=model.pk, actor=lead)
        for answer_id in check.answers.pending().values_list("pk", flat=True):
            SHADOW_ANSWERS.run(answer_id)
    return check.pk


def _preferences(project: Project) -> int:
    run, people = make_small_run(project=project, reviewers=3, examples=4, votes=3)
    for person in people:
        vote_in_order(run, person, ["candidate"] * 4)
    close_run(run_id=run.pk, actor=None)
    return freeze_preferences(
        project=project, run_ids=[run.pk], rule="majority", min_votes=1, actor=None
    ).number


def _run_in_batches(project: Project) -> int:
    candidate = make_model_version(project, provider="openai", model_id="gpt-4.1-mini")
    run = make_run(project, candidate=candidate)
    start_with_batches(run_id=run.pk, actor=None, fallback="direct")
    return run.pk


def _bulk_actions(project: Project, lead: User) -> list[int]:
    """Select examples to submit, to label (which asks for the labels), and to replace a text in."""
    examples = GoldenExample.objects.filter(project=project).order_by("pk")
    selection = Selection(ids=list(examples.values_list("pk", flat=True)[:5]))
    numbers = []
    for kind in (BulkKind.SUBMIT, BulkKind.LABEL, BulkKind.REPLACE_TEXT):
        action = bulk.select_examples(project=project, kind=kind, selection=selection, actor=lead)
        if kind == BulkKind.REPLACE_TEXT:
            bulk.choose_params(action_id=action.pk, actor=lead, params=WORDS)
        if kind != BulkKind.LABEL:
            bulk.run_bulk_action(action.pk)
        numbers.append(action.pk)
    return numbers
