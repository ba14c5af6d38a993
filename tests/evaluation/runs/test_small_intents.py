"""Small intents on the set-up page of a run: merged, only watched, or a larger set."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.gates import GateSettings
from evaluation.runs.actions import runs
from evaluation.runs.setup_summary import IntentRow
from evaluation.runs.small_intents import small_intents
from reviewapp.people.models import Role
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_run

pytestmark = pytest.mark.django_db


class LeadsProject:
    """A project whose lead is signed in."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.project = make_project()
        client.force_login(make_member(self.project, Role.LEAD))

    def at(self, name: str, run_id: int) -> str:
        return reverse(f"evaluation:{name}", args=[self.project.slug, run_id])


@pytest.fixture
def world(client: Client) -> LeadsProject:
    return LeadsProject(client)


def test_small_intents_are_merged_with_one_button(world: LeadsProject) -> None:
    run = make_run(world.project, intents_of=tuple("abcdef"))
    page = world.at("run_setup", run.pk)
    assert "Merge them into a named group" in world.client.get(page).content.decode()
    world.client.post(world.at("run_group_intents", run.pk), {"small": "merge"})
    assert [intent.name for intent in run.intents.all()] == ["Other intents"]
    assert runs.opening_errors(run) == []


def test_small_intents_that_are_watched_can_be_merged_where_the_group_is_large_enough(
    world: LeadsProject,
) -> None:
    run = make_run(world.project, intents_of=tuple("abcdef"))
    groups, page = world.at("run_group_intents", run.pk), world.at("run_setup", run.pk)
    world.client.post(groups, {"small": "watch"})
    shown = world.client.get(page).content.decode()
    assert ('value="merge"' in shown, 'value="watch"' in shown) == (True, False)
    world.client.post(groups, {"small": "merge"})
    assert [(intent.name, intent.gated) for intent in run.intents.all()] == [
        ("Other intents", True)
    ]
    assert 'value="merge"' not in world.client.get(page).content.decode()


def test_a_larger_set_is_offered_where_all_small_intents_together_are_too_small() -> None:
    def row(name: str, examples: int, *, is_gated: bool = False) -> IntentRow:
        return IntentRow(
            name=name,
            examples=examples,
            counted_as=name,
            is_gated=is_gated,
            threshold=None,
            group_examples=examples,
            needed=7 if is_gated else 0,
            line=None,
            realistic=None,
            is_small=True,
        )

    settings = GateSettings(watch_only=frozenset("ab"))
    watched = small_intents([row("a", 2), row("b", 3)], settings)
    assert (watched.can_merge, watched.can_watch, watched.examples) == (False, False, 5)
    assert watched.needed > 5
    gated = small_intents([row("a", 2), row("b", 3, is_gated=True)], settings)
    assert (gated.can_merge, gated.can_watch) == (True, True)
    enough = small_intents([row("a", 20), row("b", 30)], settings)
    assert (enough.can_merge, enough.needed) == (True, 0)
    assert not small_intents([row("a", 200)], settings).can_merge


def test_small_intents_are_only_watched_with_one_button(world: LeadsProject) -> None:
    run = make_run(world.project, intents_of=tuple("abcdef"))
    world.client.post(world.at("run_group_intents", run.pk), {"small": "watch"})
    assert {intent.gated for intent in run.intents.all()} == {False}
    run.refresh_from_db()
    assert runs.opening_errors(run) == []
