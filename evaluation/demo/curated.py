"""The first half of the demo: policies, golden examples in every state, a frozen version."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from datasets.comments import actions as comments
from datasets.comments.models import Thread
from datasets.curation import actions as examples
from datasets.curation.actions import library, reviews
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample, Policy
from datasets.ingest import actions as imports
from datasets.ingest.files.opening import open_source
from datasets.ingest.rejects import RejectFile
from datasets.system_messages.actions import change_system_messages
from datasets.text_blocks.actions import import_text_blocks
from datasets.text_blocks.documents import FORMAT
from datasets.versions import actions as versions
from datasets.versions.models import DatasetVersion
from evaluation.demo.rows import HERE, policy_text, read_rows
from reviewapp.people.actions import settings as projects
from reviewapp.people.models import Project, User

SETTINGS: dict[str, Any] = {
    "name": "Aurora Commerce",
    "description": "A made-up retailer for fashion, shoes and things for the home.",
    "languages": ["en", "it", "de", "es", "nl"],
    "phone_regions": ["DE", "IT", "ES", "NL", "GB"],
    "token_budget": 600,
    "message_token_budget": 250,
}
CHANGELOG = "First frozen set: the house voice in five languages over twelve intents."

People = Mapping[str, User]


def set_up(project: Project) -> None:
    """Create the settings, the system messages, the policy library and the text blocks."""
    projects.change_settings(project_id=project.pk, changes=SETTINGS, actor=None)
    change_system_messages(
        project_id=project.pk,
        requires_system_message=True,
        system_messages=_system_messages(),
        actor=None,
    )
    known = set(Policy.objects.filter(project=project).values_list("slug", flat=True))
    for row in read_rows(HERE / "policies.jsonl"):
        if row["slug"] not in known:
            library.create_policy(
                project=project,
                slug=row["slug"],
                title=row["title"],
                body=policy_text(row),
                actor=None,
            )
    blocks = {"format": FORMAT, "text_blocks": read_rows(HERE / "text_blocks.jsonl")}
    import_text_blocks(project=project, document=blocks, actor=None)


def _system_messages() -> dict[str, str]:
    """Return the system message of each language, with which all examples of the demo begin."""
    rows = read_rows(HERE / "examples.jsonl")
    return {row["language"]: row["messages"][0]["content"] for row in rows}


def import_examples(project: Project, people: People) -> None:
    """Import both files; importing them again changes nothing."""
    for name, author in (("examples.jsonl", "giulia"), ("examples_unclean.jsonl", "tomas")):
        file = open_source(HERE / name, format_="chat")
        batch = imports.create_batch(
            project=project, file=file, name=name, source="Aurora mail", actor=people[author]
        )
        claimed = imports.claim_batch(batch_id=batch.pk)
        if claimed is None:
            continue
        with TemporaryDirectory() as folder:
            rejects = RejectFile(Path(folder) / "rejected.jsonl")
            imports.run_batch(imports.ImportJob(batch=claimed, file=file, rejects=rejects))


def move_examples(project: Project, people: People) -> None:
    """Move each example to its state of the demo by real submissions and reviews."""
    wanted = {row["external_id"]: row for row in _states()}
    drafts = GoldenExample.objects.filter(project=project, state=State.DRAFT)
    for number, example in enumerate(drafts.select_related("created_by").order_by("pk")):
        plan = wanted.get(example.external_id)
        # An example with blocking findings stays a draft: it shows what findings do.
        if plan and plan["state"] != State.DRAFT and not example.blocking_findings:
            reviewer = people[("mara", "jonas", "ines", "pieter")[number % 4]]
            _move(example, State(plan["state"]), plan["comment"], reviewer, people["ada"])


def _states() -> Iterator[dict[str, str]]:
    stored = json.loads((HERE / "states.json").read_text(encoding="utf-8"))
    yield from stored["examples"]


def _move(example: GoldenExample, state: State, comment: str, reviewer: User, lead: User) -> None:
    if state == State.RETIRED:
        examples.retire(example_id=example.pk, actor=lead, reason=comment or "Out of date.")
        return
    reviews.submit(example_id=example.pk, actor=example.created_by or lead)
    revision_id = example.latest_revision.pk
    if state == State.APPROVED:
        reviews.approve(
            example_id=example.pk, revision_id=revision_id, reviewer=reviewer, comment=comment
        )
    elif state == State.CHANGES_REQUESTED:
        reviews.request_changes(
            example_id=example.pk, revision_id=revision_id, reviewer=reviewer, reason=comment
        )


def discuss(project: Project, people: People) -> None:
    """Open a thread of members on an example in review; nothing if there is one already."""
    waiting = GoldenExample.objects.filter(project=project, state=State.IN_REVIEW, language="en")
    example = waiting.order_by("pk").first()
    if example is None or Thread.objects.filter(project=project).exists():
        return
    last = example.latest_revision.messages[-1]
    first_sentence = str(last["content"]).partition(". ")[0]
    target = comments.Target(
        example.latest_number, message=example.message_count, quote=first_sentence
    )
    asked = comments.open_thread(
        example_id=example.pk,
        target=target,
        actor=people["mara"],
        body=f"@{people['giulia']}, shall we begin with a thank-you here?",
        replacement=f"Thank you for your message. {first_sentence}",
    )
    comments.reply(
        thread_id=asked.thread_id, actor=people["tomas"], body="The house voice asks for it."
    )


def freeze(project: Project, lead: User) -> DatasetVersion:
    """Freeze the version on which the demo's models were tuned."""
    existing = DatasetVersion.objects.filter(project=project).order_by("number").first()
    return existing or versions.freeze_version(project=project, changelog=CHANGELOG, actor=lead)
