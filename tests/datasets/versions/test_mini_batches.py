"""Mini-batches: which examples they train on, that the test split stays, provenance, page, API."""

import json
from collections import Counter
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from datasets.curation import actions as examples
from datasets.versions.mini_batches.actions import freeze_mini_batch
from datasets.versions.mini_batches.selection import Option, Parent, select
from datasets.versions.models import DatasetVersion, VersionEvent
from datasets.versions.splits import TEST, TRAIN, VALIDATION
from reviewapp.core.commands import CommandFailed
from reviewapp.core.errors import (
    InvalidInput,
    InvalidTransition,
    PermissionDeniedError,
    StaleRevision,
)
from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Role, Scope
from tests.factories.examples import make_content
from tests.factories.people import make_member
from tests.factories.versions import ProjectWithMembers

NOTHING = Parent(trained=(), kept=(), examples=(), words=())


def option(key: int, intent: str = "", language: str = "en", **fields: str) -> Option:
    words = fields.pop("words", f"w{key}")
    return Option(key, 100 + key, words, f"hash{key}", intent, language, **fields)


def strata(keys: frozenset[int], options: list[Option]) -> Counter[tuple[str, str]]:
    return Counter((found.intent, found.language) for found in options if found.key in keys)


def test_the_replay_takes_the_share_of_each_intent_and_language() -> None:
    sizes = {("refund", "en"): 40, ("refund", "de"): 20, ("sizing", "en"): 10, ("", "en"): 5}
    names = [name for name, size in sizes.items() for _ in range(size)]
    options = [option(key, *name) for key, name in enumerate(names)]
    parent = Parent(trained=range(len(options)), kept=(), examples=(), words=())
    found = select(options, parent, percent=20, seed=7)
    assert (found.changed, found.unchanged, len(found.replayed)) == (frozenset(), 75, 15)
    for name, number in strata(found.replayed, options).items():
        assert abs(number - sizes[name] * 0.2) < 1, name
    assert select(options[::-1], parent, percent=20, seed=7) == found, "the order has no influence"
    assert select(options, parent, percent=20, seed=8).replayed != found.replayed
    assert len(select(options, parent, percent=100, seed=7).replayed) == 75
    assert not select(options, parent, percent=0, seed=7).replayed


@pytest.mark.parametrize(
    ("changed", "parent"),
    [
        (option(1), Parent((), (), {101}, ())),  # A test example that was reworded.
        (option(1, words="same"), Parent((), (), (), {"same"})),  # Another with its words.
        (option(1, imported=TEST), NOTHING),  # Its file asked for the test split.
    ],
)
def test_what_belongs_to_validation_or_test_is_not_trained(changed: Option, parent: Parent) -> None:
    found = select([changed, option(2)], parent, percent=0, seed=0)
    assert (found.changed, found.held_out) == (frozenset({2}), 1)


def test_unchanged_test_examples_are_not_counted_as_held_out() -> None:
    parent = Parent((), kept={1}, examples={101}, words={"w1"})
    assert select([option(1)], parent, percent=0, seed=0).held_out == 0


@pytest.fixture
def house() -> ProjectWithMembers:
    house = ProjectWithMembers()
    house.many(20)
    house.freeze()
    return house


def make_batch(house: ProjectWithMembers, number: int = 1, **fields: object) -> DatasetVersion:
    terms = {"percent": 25, "seed": 1, "changelog": "Only what changed.", "actor": house.lead}
    parent = house.project.versions.get(number=number)
    return freeze_mini_batch(parent=parent, **{**terms, **fields})  # type: ignore[arg-type]


def trained(version: DatasetVersion) -> set[int]:
    return set(version.items.filter(split=TRAIN).values_list("revision__example_id", flat=True))


@pytest.mark.django_db
def test_a_mini_batch_trains_on_changes_and_a_replay_and_keeps_the_test_file(
    house: ProjectWithMembers,
) -> None:
    parent = house.project.versions.get()
    tested = parent.items.filter(split=TEST).first()
    reworded = parent.items.filter(split=TRAIN).first()
    assert tested and reworded
    for item in (tested, reworded):
        example = item.revision.example
        examples.reopen(example_id=example.pk, actor=house.lead, reason="Wrong.")
        examples.revise(
            example_id=example.pk,
            base_number=example.latest_number,
            content=make_content(assistant="Another answer."),
            actor=house.author,
            note="Corrected.",
        )
        house.approve(example)
    new = {example.pk for example in house.many(3)}
    batch = make_batch(house)
    assert batch.summary["mini_batch"] == {
        "changed": 4,
        "replayed": 4,
        "unchanged": 15,
        "held_out": 1,
    }
    assert new | {reworded.revision.example_id} <= trained(batch)
    assert tested.revision.example_id not in trained(batch)
    files = {file.split: file.sha256 for file in batch.files.all()}
    before = {file.split: file.sha256 for file in parent.files.all()}
    assert {split: files[split] for split in (VALIDATION, TEST)} == {
        split: before[split] for split in (VALIDATION, TEST)
    }
    assert (batch.parent, batch.replay_percent, batch.replay_seed) == (parent, 25, 1)
    assert VersionEvent.objects.get(version=batch, action="freeze").detail["parent"] == 1


@pytest.mark.django_db
def test_a_second_mini_batch_adds_what_changed_since_the_first(house: ProjectWithMembers) -> None:
    house.many(2)
    first = make_batch(house)
    (newest,) = house.many(1)
    second = make_batch(house, number=first.number, percent=0)
    assert trained(second) == {newest.pk}
    whole = house.freeze("All.")
    assert whole.summary["changes"]["since"] == 1, "a mini-batch is no state of the golden set"


@pytest.mark.django_db
def test_a_mini_batch_needs_a_lead_changes_and_the_plan_that_was_seen(
    house: ProjectWithMembers,
) -> None:
    with pytest.raises(InvalidTransition):
        make_batch(house)
    house.many(1)
    with pytest.raises(PermissionDeniedError):
        make_batch(house, actor=house.reviewer)
    with pytest.raises(StaleRevision):
        make_batch(house, seen="0" * 64)
    for wrong in ({"percent": 101}, {"seed": -1}, {"changelog": " "}):
        with pytest.raises(InvalidInput):
            make_batch(house, **wrong)


@pytest.mark.django_db
def test_a_lead_freezes_a_mini_batch_on_the_page(client: Client, house: ProjectWithMembers) -> None:
    slug = house.project.slug
    page = reverse("datasets:mini_batch", args=[slug, 1])
    client.force_login(house.lead)
    assert "FreezeForm" not in client.get(page).content.decode()
    house.many(2)
    shown = client.get(page, {"percent": "50", "seed": "3"})
    assert (shown.context["counts"]["changed"], shown.context["counts"]["replayed"]) == (2, 8)
    assert client.get(page, {"percent": "101", "seed": "3"}).status_code == 422
    seen = shown.context["batch"].plan.fingerprint
    fields = {"percent": "50", "seed": "3", "seen": seen, "changelog": ""}
    assert client.post(page, fields).status_code == 422
    made = client.post(page, {**fields, "changelog": "Two new."})["Location"]
    assert made == reverse("datasets:version", args=[slug, 2])
    assert client.get(made).context["version"].summary["mini_batch"]["replayed"] == 8
    client.force_login(make_member(house.project, Role.REVIEWER))
    assert client.get(made).status_code == 200
    assert client.get(page).status_code == 403


@pytest.mark.django_db
def test_a_script_of_a_lead_counts_and_freezes(house: ProjectWithMembers) -> None:
    house.many(2)
    path = f"/api/v1/projects/{house.project.slug}/mini-batches"

    def post(scopes: list[str], **body: object) -> tuple[int, Any]:
        secret = create_token(user=house.lead, scopes=scopes).secret
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        answer = client.post(path, {"parent": 1, **body}, content_type="application/json")
        return answer.status_code, answer.json()

    assert post([Scope.VERSIONS])[0] == 403, "a token that reads versions freezes none"
    status, counted = post([Scope.MANAGE], percent=50, dry_run=True)
    assert (status, counted["number"], counted["changed"]) == (200, None, 2)
    status, made = post([Scope.MANAGE], percent=50, changelog="By script.")
    assert (status, made["number"], made["parent"], made["replayed"]) == (201, 2, 1, 8)
    assert post([Scope.MANAGE], percent=101)[0] == 422


@pytest.mark.django_db
def test_a_command_counts_and_freezes_a_mini_batch(
    house: ProjectWithMembers, capsys: pytest.CaptureFixture[str]
) -> None:
    house.many(3)
    words = ["freeze_mini_batch", house.project.slug, "1", "--replay", "25", "--json"]
    call_command(*words, "--dry-run")
    counted = json.loads(capsys.readouterr().out)
    assert (counted["number"], counted["changed"], counted["replayed"]) == (None, 3, 4)
    assert house.project.versions.count() == 1
    with pytest.raises(CommandFailed, match="--by"):
        call_command(*words, "--changelog", "New.")
    stranger = make_member(house.project, Role.REVIEWER)
    with pytest.raises(CommandFailed):
        call_command(*words, "--changelog", "New.", "--by", stranger.email)
    capsys.readouterr()
    call_command(*words, "--changelog", "New.", "--by", house.lead.email)
    made = json.loads(capsys.readouterr().out)
    version = house.project.versions.get(number=2)
    assert (made["number"], made["digest"]) == (2, version.digest)
    assert version.parent
    assert (version.parent.number, version.created_by) == (1, house.lead)
    with pytest.raises(CommandFailed, match="1"):
        call_command("freeze_mini_batch", house.project.slug, "9", "--dry-run")
