"""The search for names in a project: the switch, the known names, suggestions that go away."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.bulk import actions as bulk
from datasets.bulk.models import BulkKind
from datasets.curation.actions import replace_all_findings, replace_finding
from datasets.curation.models import Finding, GoldenExample
from datasets.inspections.names import model
from datasets.inspections.names.known import KnownNames
from datasets.inspections.names.places import Mark
from datasets.known_names import actions
from datasets.removals import actions as removals
from datasets.removals import tasks
from datasets.removals.models import FindingRemoval
from datasets.removals.tasks import start
from datasets.removals.views import STOP_POLLING
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.jobs.actions import ClaimLost, claim_job, release_lost_jobs
from reviewapp.people.models import Project, ProjectEvent, Role
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project

NAMES = ("Ada", "Glow")


class FakeModel:
    """Takes two words for names wherever they are."""

    def marks(self, text: str) -> Iterator[Mark]:
        found = [(text.find(word), word) for word in NAMES if word in text]
        for at, word in sorted(found):
            yield Mark("GIVEN_NAME", at, at + len(word), 0.9)


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch, db: None) -> Project:
    """A project where names are found."""
    monkeypatch.setattr(model, "load_model", FakeModel)
    return make_project()


def change(project: Project, *names: str, **more: Any) -> None:
    fields = {"finds_names": True, "actor": None, **more}
    start(actions.change_name_search(project_id=project.pk, known_names=names, **fields))


def example(project: Project, question: str) -> GoldenExample:
    # Actions read the project anew, as each request does.
    project = Project.objects.get(pk=project.pk)
    return make_example(project, content=make_content(question=question))


def suggested(example: GoldenExample) -> list[str]:
    example.refresh_from_db()
    found = example.latest_revision.findings.filter(state=Finding.State.OPEN)
    assert example.open_findings == len(found)
    return [finding.found_text for finding in found]


@pytest.mark.parametrize(
    ("name", "text", "place", "is_known"),
    [
        ("Aurora Glow", "My aurora  GLOW is late", "GLOW", True),
        ("Aurora Glow", "My aurora  GLOW is late", "aurora  GLOW", True),
        ("Aurora Glow", "My Glow is late", "Glow", False),
        ("Mia", "I am Mia Berg", "Mia Berg", False),
        ("Greta Lind", "My Greta Lind armchair broke", "Greta Lind armchair", True),
        ("Mia", "i am mia berg", "mia berg", False),
        ("Mia", "I am Miama", "Mia", False),
        ("3b Elm Lane, 79100 York", "To 3b Elm Lane, 79100 York!", "3b Elm Lane, 79100 York", True),
        (" ", "I am Mia", "Mia", False),
    ],
)
def test_a_known_name_counts_as_a_whole(
    name: str, text: str, place: str, *, is_known: bool
) -> None:
    start = text.index(place)
    assert KnownNames([name]).places_in(text).cover(start, start + len(place)) is is_known


def test_a_known_name_goes_away_in_stored_and_new_texts(project: Project) -> None:
    both, other = example(project, "I am Ada, where is my Glow?"), example(project, "I am Ada.")
    assert (suggested(both), suggested(other)) == (["Ada", "Glow"], ["Ada"])
    change(project, " glow ", "", "Glow", "GLOW")
    assert (suggested(both), suggested(other)) == (["Ada"], ["Ada"])
    assert suggested(example(project, "Is the Glow back, asks Ada?")) == ["Ada"]
    project.refresh_from_db()
    assert project.known_names == ["glow"]
    events = ProjectEvent.objects.filter(project=project)
    changed, taken = (
        events.get(action=action) for action in ("change_settings", "take_away_names")
    )
    assert changed.detail["after"] == {"known_names": ["glow"]}
    assert taken.detail == {"findings": 1, "examples": 1}


def test_switched_off_nothing_is_suggested_and_no_other_finding_goes(project: Project) -> None:
    stored = example(project, "I am Ada, ada@example.org.")
    change(project, finds_names=False)
    assert suggested(stored) == ["ada@example.org"]
    assert stored.blocking_findings == 1
    assert suggested(example(project, "I am Ada.")) == []


def test_a_dismissed_finding_stays_with_its_reason(project: Project) -> None:
    stored = example(project, "I am Ada.")
    row = stored.latest_revision.findings
    lead = make_member(project, Role.LEAD)
    row.update(state=Finding.State.DISMISSED, dismissed_by=lead, reason="The agent.")
    change(project, "Ada")
    assert row.get().reason == "The agent."


def test_a_lead_adds_the_text_of_a_finding_from_its_example(
    client: Client, project: Project
) -> None:
    stored = example(project, "I am Ada, where is my Glow?")
    page = reverse("datasets:example", args=[project.slug, stored.pk])
    glow = next(f for f in stored.latest_revision.findings.all() if f.found_text == "Glow")
    add = reverse("datasets:add_known_name", args=[project.slug, glow.pk])
    client.force_login(make_member(project, Role.ANNOTATOR))
    assert add not in client.get(page).content.decode()
    client.force_login(make_member(project, Role.LEAD))
    assert add in client.get(page).content.decode()
    assert client.post(add)["Location"] == page
    assert suggested(stored) == ["Ada"]
    assert Project.objects.get(pk=project.pk).known_names == ["Glow"]


@pytest.fixture
def _by_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "INLINE_LIMIT", 0)


@pytest.mark.usefixtures("_by_workers")
def test_a_worker_takes_the_others_away_and_nothing_replaces_them_before(
    client: Client, project: Project
) -> None:
    asked, other = example(project, "I am Ada."), example(project, "Ada: where is my Glow?")
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)
    ada = asked.latest_revision.findings.get()
    client.post(reverse("datasets:add_known_name", args=[project.slug, ada.pk]))
    assert (suggested(asked), suggested(other)) == ([], ["Ada", "Glow"])
    page = reverse("datasets:name_search", args=[project.slug])
    progress = reverse("datasets:removal_progress", args=[project.slug, "names"])
    assert progress in client.get(page).content.decode()
    assert client.get(progress).status_code == HTTPStatus.OK
    known = other.latest_revision.findings.get(message_index=1, start=0)
    with pytest.raises(InvalidInput, match="may stay"):
        replace_finding(finding_id=known.pk, actor=lead)
    other.refresh_from_db()
    assert other.latest_number == 1
    revision = replace_all_findings(example_id=other.pk, base_number=1, actor=lead)
    assert revision.messages[1]["content"] == "Ada: where is my [NAME]?"
    removal = FindingRemoval.objects.get()
    removals.run_removal(removal.pk)
    assert client.get(progress).status_code == STOP_POLLING
    taken = ProjectEvent.objects.get(project=project, action="take_away_names")
    assert (taken.actor, taken.detail) == (lead, {"findings": 1, "examples": 1})


@pytest.mark.usefixtures("_by_workers")
def test_a_bulk_action_leaves_out_what_is_known_by_now(project: Project) -> None:
    stored = example(project, "Ada: where is my Glow?")
    change(project, "Glow")
    lead = make_member(project, Role.LEAD)
    action = bulk.select_examples(
        project=project,
        kind=BulkKind.REPLACE_FINDINGS,
        selection=bulk.Selection(ids=[stored.pk]),
        actor=lead,
    )
    bulk.choose_params(action_id=action.pk, actor=lead, params={"code": ""})
    bulk.run_bulk_action(action.pk)
    bulk.confirm(action_id=action.pk, actor=lead)
    bulk.run_bulk_action(action.pk)
    stored.refresh_from_db()
    assert stored.latest_revision.messages[1]["content"] == "[NAME]: where is my Glow?"


@pytest.mark.usefixtures("_by_workers")
def test_newer_settings_take_the_place_of_a_job_in_the_middle(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (example(project, f"I am Ada, where is my Glow{end}") for end in "?!")
    monkeypatch.setattr(removals, "CHUNK", 1)
    change(project, "Ada")
    earlier = claim_job(FindingRemoval, FindingRemoval.objects.get().pk)
    assert earlier is not None
    assert removals._take_from_chunk(earlier)
    change(project, "Glow")
    with pytest.raises(ClaimLost):
        removals._take_from_chunk(earlier)
    removals.run_removal(FindingRemoval.objects.latest("pk").pk)
    assert (suggested(first), suggested(second)) == ([], ["Ada"])
    taken = ProjectEvent.objects.filter(project=project, action="take_away_names").order_by("pk")
    assert [event.detail["findings"] for event in taken] == [1, 2]


@pytest.mark.usefixtures("_by_workers")
def test_a_job_that_is_given_up_leaves_an_event_of_what_it_did(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for end in "?!":
        example(project, f"I am Ada{end}")
    monkeypatch.setattr(removals, "CHUNK", 1)
    lead = make_member(project, Role.LEAD)
    change(project, "Ada", actor=lead)
    removal = claim_job(FindingRemoval, FindingRemoval.objects.get().pk)
    assert removal is not None
    assert removals._take_from_chunk(removal)
    taken = ProjectEvent.objects.filter(project=project, action="take_away_names")
    silent = {"heartbeat_at": timezone.now() - timedelta(minutes=5)}
    FindingRemoval.objects.update(**silent)
    assert release_lost_jobs(FindingRemoval) == []
    assert not taken.exists(), "another worker goes on"
    assert claim_job(FindingRemoval, removal.pk)
    FindingRemoval.objects.update(**silent, attempts=3)
    assert release_lost_jobs(FindingRemoval) == [removal]
    assert (taken.get().actor, taken.get().detail) == (lead, {"findings": 1, "examples": 1})


def test_the_page_keeps_what_was_typed_and_names_the_command(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(make_member(project, Role.LEAD))
    url = reverse("datasets:name_search", args=[project.slug])
    monkeypatch.setattr(model, "is_installed", lambda: False)
    assert "make setup-names" in client.get(url).content.decode()
    monkeypatch.setattr(model, "is_installed", lambda: True)
    assert "make setup-names" not in client.get(url).content.decode()
    wrong = client.post(url, {"known_names": "Glow\nx"})
    assert (wrong.status_code, "Glow\nx" in wrong.content.decode()) == (422, True)
    assert wrong.context["form"].errors["known_names"]
    assert client.post(url, {"known_names": "Glow\n\nElm Lane"}).status_code == 302
    project.refresh_from_db()
    assert (project.finds_names, project.known_names) == (False, ["Glow", "Elm Lane"])


def test_only_a_lead_changes_it_and_only_names_are_added(project: Project) -> None:
    annotator = make_member(project, Role.ANNOTATOR)
    with pytest.raises(PermissionDeniedError):
        change(project, "Glow", actor=annotator)
    with pytest.raises(InvalidInput):
        change(project, *(f"Name {number}" for number in range(actions.MAX_NAMES + 1)))
    email = example(project, "ada@example.org").latest_revision.findings.get()
    with pytest.raises(InvalidInput):
        actions.add_known_name(finding=email, actor=None)
