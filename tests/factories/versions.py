"""Dataset versions for tests, frozen by the action that the site uses."""

from collections.abc import Mapping

from datasets.curation.actions import Origin, create_example
from datasets.curation.actions.reviews import approve, submit
from datasets.curation.models import GoldenExample
from datasets.versions import actions as versions
from datasets.versions.models import DatasetVersion
from datasets.versions.splits import DEFAULT_SHARES
from reviewapp.people.models import Project, Role, User
from tests.factories.examples import make_content
from tests.factories.people import make_member, make_project


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


def make_version(examples: int = 10) -> DatasetVersion:
    """A first version of so many examples in a new project."""
    house = ProjectWithMembers()
    house.many(examples)
    return house.freeze()
