"""Dataset versions for tests, frozen by the action that the site uses."""

import hashlib
import io
from collections.abc import Mapping

from datasets.curation.actions import Origin, create_example
from datasets.curation.actions.reviews import approve, submit
from datasets.curation.models import GoldenExample
from datasets.versions import actions as versions
from datasets.versions.exports import line_of
from datasets.versions.models import DatasetFile, DatasetVersion
from datasets.versions.splits import DEFAULT_SHARES
from datasets.versions.storage import store_file
from reviewapp.people.models import Project, Role, User
from tests.factories.examples import make_content
from tests.factories.people import make_member, make_project, make_user


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
        """So many approved examples, each with a question of its own."""
        return [self.approved(**content) for _ in range(number)]

    def freeze(
        self, changelog: str = "First.", *, shares: Mapping[str, int] = DEFAULT_SHARES
    ) -> DatasetVersion:
        """Freeze what is approved."""
        return versions.freeze_version(
            project=self.project, changelog=changelog, shares=shares, actor=self.lead
        )


def make_filed_version(project: Project, examples: int = 12) -> DatasetVersion:
    """A version of stored files without items, made in no time: what a training needs."""
    version = DatasetVersion.objects.create(
        project=project,
        number=project.versions.count() + 1,
        changelog="First.",
        digest="0" * 64,
        shares=dict(DEFAULT_SHARES),
        created_by=make_user(),
    )
    for split, count in (("train", examples), ("validation", 2), ("test", 2)):
        contents = [make_content(question=f"Where is {split} {n}?") for n in range(count)]
        data = b"".join(line_of(content) for content in contents)
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
