"""The local model of the demo: which programs serve it, and what the pages say of it."""

import socket

import pytest
from django.test import override_settings

from evaluation.registry import local_model as pages
from reviewapp import env
from reviewapp.ops import local_model
from reviewapp.people.models import Project


def test_without_its_packages_nothing_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(local_model.VARIABLE, "")
    monkeypatch.delenv(local_model.VARIABLE)
    monkeypatch.setattr(local_model, "find_spec", lambda _name: None)
    assert local_model.commands() == {}
    assert env.optional(local_model.VARIABLE) == "missing"


def test_a_taken_port_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(local_model.VARIABLE, "")
    monkeypatch.delenv(local_model.VARIABLE)
    monkeypatch.setattr(local_model, "find_spec", lambda _name: object())
    with socket.socket() as other:
        other.bind((local_model.HOST, 0))
        other.listen()
        monkeypatch.setattr(local_model, "PORT", other.getsockname()[1])
        assert local_model.commands() == {}
    assert env.optional(local_model.VARIABLE) == "port_taken"


def test_the_models_of_the_demo_are_registered_at_the_addresses_that_are_served() -> None:
    assert local_model.address(local_model.PORT) == pages.ADDRESS
    assert local_model.address(local_model.TUNED_PORT) == pages.TUNED_ADDRESS


@pytest.mark.parametrize(
    ("state", "slug", "word"),
    [
        ("missing", "aurora", "make setup-model"),
        ("missing", "mine", "make setup-model"),
        ("base", "aurora", "make demo-answers"),
        ("base", "mine", pages.ADDRESS),
        ("tuned", "mine", pages.ADDRESS),
    ],
)
def test_the_note_tells_how_to_get_an_answer(state: str, slug: str, word: str) -> None:
    project = Project(slug=slug, is_demo=slug == "aurora")
    with override_settings(DEMO=True, LOCAL_MODEL=state):
        assert word in pages.local_model_note(project)
    with override_settings(DEMO=False, LOCAL_MODEL=state):
        assert pages.local_model_note(project) == ""
