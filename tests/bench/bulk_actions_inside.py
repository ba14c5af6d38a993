"""What the bench of bulk actions needs Django for: the examples, the actions, what they left.

`prepare EXAMPLES`, `start KIND`, and `undo`, `confirm`, `cancel` and `counts ACTION` print one JSON
object each.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.db.models import Count, Q

from datasets.bulk import actions as bulk
from datasets.bulk.actions.deciding import NEEDS_REASON
from datasets.bulk.actions.touched import UNDO_EVENT
from datasets.bulk.models import BulkAction, BulkKind, Outcome
from datasets.bulk.tasks import BULK_ACTIONS
from datasets.curation.filters import ExampleFilter
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.ingest import actions as imports
from reviewapp.people.models import Project, Role
from tests.bench.conversations import write_conversations
from tests.bench.settling import settle
from tests.factories.imports import make_job
from tests.factories.people import make_member, make_project

PARAMS: dict[str, dict[str, Any]] = {
    "replace_text": {
        "find": "You answer customers",
        "by": "You help the customers",
        "is_regex": False,
        "ignores_case": False,
        "roles": ["system"],
    },
    "label": {"add_tags": ["measured"]},
}
EVENTS = {"replace_text": "revise", "label": "revise", "undo": UNDO_EVENT}


def prepare(count: int) -> dict[str, Any]:
    """Import examples into a project with a lead."""
    project = make_project("bench")
    make_member(project, Role.LEAD)
    make_member(project, Role.REVIEWER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        write_conversations(path, count)
        imports.run_batch(make_job(project, path))
    settle(GoldenExample)
    return {"examples": GoldenExample.objects.count()}


def start(kind: str) -> dict[str, Any]:
    """Select all examples, and send the job of the preview."""
    project = Project.objects.get()
    role = Role.REVIEWER if kind == BulkKind.APPROVE else Role.LEAD
    actor = project.memberships.get(role=role).user
    if kind == BulkKind.APPROVE:
        # As a submission leaves them; those with blocking findings stay drafts.
        GoldenExample.objects.filter(blocking_findings=0).update(state=State.IN_REVIEW)
    count = GoldenExample.objects.count()
    action = bulk.select_examples(
        project=project,
        kind=BulkKind(kind),
        selection=bulk.Selection(example_filter=ExampleFilter(), expected=count),
        actor=actor,
    )
    if kind in PARAMS:
        bulk.choose_params(action_id=action.pk, actor=actor, params=PARAMS[kind])
    BULK_ACTIONS.send(action.pk)
    return {"action": action.pk}


def undo(action_id: int) -> dict[str, Any]:
    """Select the examples that a bulk action changed, and send the job of the preview."""
    action = BulkAction.objects.select_related("created_by").get(pk=action_id)
    undoing = bulk.select_undo(action_id=action.pk, actor=action.member)
    BULK_ACTIONS.send(undoing.pk)
    return {"action": undoing.pk}


def confirm(action_id: int) -> dict[str, Any]:
    """Confirm the preview, and send the job of the change."""
    action = BulkAction.objects.select_related("created_by").get(pk=action_id)
    reason = "A measurement." if action.kind in NEEDS_REASON else ""
    bulk.confirm(action_id=action.pk, actor=action.member, reason=reason)
    BULK_ACTIONS.send(action.pk)
    return {}


def cancel(action_id: int) -> dict[str, Any]:
    """Cancel what is left of the change."""
    action = BulkAction.objects.select_related("created_by").get(pk=action_id)
    return {"was_running": bulk.cancel(action_id=action.pk, actor=action.member)}


def counts(action_id: int) -> dict[str, Any]:
    """Count the examples that were changed, and those with one event of the change."""
    action = BulkAction.objects.get(pk=action_id)
    # An earlier bulk action may have done the same.
    events = Q(events__at__gte=action.created_at)
    events &= Q(events__action=EVENTS.get(action.kind, action.kind))
    taken = action.items.exclude(outcome=Outcome.REJECTED).values("example")
    examples = GoldenExample.with_deleted.filter(pk__in=taken).annotate(
        times=Count("events", filter=events)
    )
    return {
        "examples": action.items.count(),
        "allowed": action.items.exclude(outcome=Outcome.REJECTED).count(),
        "changed": action.items.filter(outcome=Outcome.CHANGED).count(),
        "once": examples.filter(times=1).count(),
    }


def main() -> None:
    """Do what the arguments say."""
    verb, word = sys.argv[1:]
    verbs = {function.__name__: function for function in (prepare, undo, confirm, cancel, counts)}
    found = start(word) if verb == "start" else verbs[verb](int(word))
    sys.stdout.write(json.dumps(found) + "\n")
