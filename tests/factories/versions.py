"""Dataset versions for tests, frozen by the action that the site uses."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model

from datasets.conversations import chat
from datasets.conversations.chat import Content
from datasets.curation.actions import Origin, create_example
from datasets.curation.actions.reviews import approve, submit
from datasets.curation.actions.revision_storage import queue_values, revision_values
from datasets.curation.lifecycle import State
from datasets.curation.models import ExampleEvent, Finding, GoldenExample, Review, Revision
from datasets.versions import actions as versions
from datasets.versions.exports import line_of
from datasets.versions.models import DatasetFile, DatasetVersion
from datasets.versions.splits import DEFAULT_SHARES
from datasets.versions.storage import store_file
from reviewapp.people.models import Project, Role, User
from tests.factories.examples import make_content
from tests.factories.people import make_member, make_project, make_user

Row = TypeVar("Row", bound=Model)


class ProjectWithMembers:
    """A project with one person in each role, who approve and freeze what a test needs."""

    def __init__(self) -> None:
        self.project: Project = make_project()
        self.author: User = make_member(self.project, Role.ANNOTATOR)
        self.reviewer: User = make_member(self.project, Role.REVIEWER, name="Rita Reviewer")
        self.lead: User = make_member(self.project, Role.LEAD)

    def approved(self, *, split: str = "", **content: str) -> GoldenExample:
        """One approved example; `split` is what its file asked for."""
        example = create_example(
            project=self.project,
            content=make_content(**content),
            actor=self.author,
            origin=Origin(imported_split=split),
        )
        return self.approve(example)

    def approve(self, example: GoldenExample) -> GoldenExample:
        """Submit an example and approve what it says now."""
        submit(example_id=example.pk, actor=self.author)
        revision = example.revisions.order_by("-number").first()
        assert revision is not None
        return approve(example_id=example.pk, revision_id=revision.pk, reviewer=self.reviewer)

    def many(self, number: int, **content: str) -> list[GoldenExample]:
        """So many approved examples, each with a question of its own.

        The actions make the first; the others are copies of its rows, in a tenth of the time.
        """
        if not number:
            return []
        first = self.approved(**content)
        contents = [make_content(**content) for _ in range(number - 1)]
        return [first, *_approved_copies(first, contents)]

    def approve_all(self, contents: Sequence[Content]) -> list[GoldenExample]:
        """Approve examples with these contents; all but the first as `many` does."""
        first = self.approve(
            create_example(project=self.project, content=contents[0], actor=self.author)
        )
        return [first, *_approved_copies(first, contents[1:])]

    def freeze(
        self, changelog: str = "First.", *, shares: Mapping[str, int] = DEFAULT_SHARES
    ) -> DatasetVersion:
        """Freeze what is approved."""
        return versions.freeze_version(
            project=self.project, changelog=changelog, shares=shares, actor=self.lead
        )


def _approved_copies(first: GoldenExample, contents: Sequence[Content]) -> list[GoldenExample]:
    """Store examples with the history and the findings of `first`, which has one revision."""
    revision, review = first.latest_revision, Review.objects.get(revision__example=first)
    assert revision.number == 1
    columns = [_columns(content) for content in contents]
    examples = GoldenExample.objects.bulk_create(
        _copy(first, approved_revision_id=None, state=State.IN_REVIEW, **queue)
        for queue, _values in columns
    )
    revisions = Revision.objects.bulk_create(
        _copy(revision, example_id=example.pk, **values)
        for example, (_queue, values) in zip(examples, columns, strict=True)
    )
    Review.objects.bulk_create(_copy(review, revision_id=made.pk) for made in revisions)
    Finding.objects.bulk_create(
        _copy(finding, revision_id=made.pk)
        for finding in revision.findings.order_by("pk")
        for made in revisions
    )
    for example, made in zip(examples, revisions, strict=True):
        example.state, example.approved_revision = first.state, made
    GoldenExample.objects.bulk_update(examples, ["state", "approved_revision"])
    ExampleEvent.objects.bulk_create(
        _copy(event, example_id=example.pk)
        for event in first.events.order_by("pk")
        for example in examples
    )
    return examples


def _columns(content: Content) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the example and its revision hold of a content."""
    tokens = chat.count_tokens(content.messages, content.tools)
    content_hash = chat.content_hash(content)
    queue = queue_values(content, tokens=tokens.total, content_hash=content_hash)
    return queue, revision_values(content, tokens, content_hash)


def _copy(row: Row, **changes: Any) -> Row:
    """Return a row like another, not stored yet."""
    fields = [field for field in row._meta.concrete_fields if not field.primary_key]
    values = {field.attname: getattr(row, field.attname) for field in fields if not field.generated}
    return type(row)(**values | changes)


def make_filed_version(
    project: Project, examples: int = 12, *, lines: Mapping[str, bytes] | None = None
) -> DatasetVersion:
    """A version of stored files without items, made in no time: what a training needs.

    Args:
        lines: the files by split, instead of short questions.
    """
    version = DatasetVersion.objects.create(
        project=project,
        number=project.versions.count() + 1,
        changelog="First.",
        digest="0" * 64,
        shares=dict(DEFAULT_SHARES),
        created_by=make_user(),
    )
    made = lines or {
        split: b"".join(
            line_of(make_content(question=f"Where is {split} {n}?")) for n in range(count)
        )
        for split, count in (("train", examples), ("validation", 2), ("test", 2))
    }
    for split, data in made.items():
        count = data.count(b"\n")
        sha256 = hashlib.sha256(data).hexdigest()
        store_file(io.BytesIO(data), sha256)
        DatasetFile.objects.create(
            version=version,
            split=split,
            sha256=sha256,
            size_bytes=len(data),
            examples=count,
            tokens=50 * count,
            preflight={"errors": [], "warnings": []},
        )
    return version


def make_version(examples: int = 10) -> DatasetVersion:
    """A first version of so many examples in a new project."""
    house = ProjectWithMembers()
    house.many(examples)
    return house.freeze()
