"""Each provider has rules of its own for files; limits of a base model are asked for."""

import codecs
import json
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from datasets.versions.models import DatasetVersion
from datasets.versions.preflight import PreflightCheck
from evaluation.training.models import TrainingRun
from evaluation.training.plans import provider_or_error
from evaluation.training.providers.kinds import provider_choices
from reviewapp.core.messages import Message
from reviewapp.people.models import Role
from tests.factories.people import make_member, make_project
from tests.factories.versions import make_filed_version
from tests.fake_together import FakeTogether
from tests.fake_trainings import running

KINDS = [kind for kind, _label in provider_choices()]
LONG = "word " * 70_000
PNG = [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]


def _lines(*turns: tuple[str, object], count: int = 10) -> list[bytes]:
    """So many rows with these turns; each has a text of its own."""
    rows = [
        {"messages": [{"role": role, "content": content} for role, content in turns], "tools": []}
        for _ in range(count)
    ]
    for number, row in enumerate(rows):
        row["messages"].append({"role": "user", "content": f"question {number}"})
        row["messages"].append({"role": "assistant", "content": "answer"})
    return [json.dumps(row).encode() + b"\n" for row in rows]


def _codes(kind: str, lines: list[bytes]) -> set[str]:
    found = PreflightCheck(model="gpt-4o", rules=provider_or_error(kind).rules)
    return {_inner(error) for error in found.file("train", lines).errors}


def _inner(error: Message) -> str:
    issue = error.params.get("issue", error.params.get("error", error))
    return (issue if isinstance(issue, Message) else error).code.removeprefix("preflight.")


PLAIN = _lines()
CASES = [
    ("no_byte_order_mark", PLAIN, {"azure"}),
    ("too_few_examples", PLAIN[:2], {"openai", "azure", "fireworks"}),
    ("too_few_examples", PLAIN[:3], {"openai", "azure"}),
    ("role_not_taken", _lines(("function", "found")), {"together", "fireworks"}),
    (
        "system_not_first",
        _lines(("user", "Hello"), ("assistant", "Hello"), ("system", "Be brief.")),
        {"together", "fireworks"},
    ),
    ("turns_not_alternating", _lines(("user", "Hello")), {"together"}),
    ("too_many_tokens", _lines(("system", LONG), count=1), {"openai", "azure"}),
    ("images_not_taken", _lines(("user", PNG)), {"local", "bundle"}),
]


@pytest.mark.parametrize(("code", "lines", "kinds"), CASES)
def test_a_file_is_checked_by_the_rules_of_its_provider(
    code: str, lines: list[bytes], kinds: set[str]
) -> None:
    assert {kind for kind in KINDS if code in _codes(kind, lines)} == kinds


def test_azure_takes_a_file_with_a_byte_order_mark() -> None:
    assert _codes("azure", [codecs.BOM_UTF8 + PLAIN[0], *PLAIN[1:]]) == set()


def test_each_provider_limits_the_size_of_files() -> None:
    limits = {kind: provider_or_error(kind).rules.max_megabytes for kind in KINDS}
    assert limits == {
        "openai": 512,
        "azure": 512,
        "together": 102_400,
        "fireworks": 150,
        "bundle": None,
        "local": None,
    }
    [error] = provider_or_error("fireworks").rules.size_errors(151 * 1024**2)
    assert error.params == {"megabytes": 151, "limit": 150}


@pytest.fixture
def version() -> DatasetVersion:
    return make_filed_version(make_project("house"))


@pytest.fixture
def page(client: Client, version: DatasetVersion) -> Client:
    client.force_login(make_member(version.project, Role.LEAD))
    return client


@pytest.fixture
def together() -> Iterator[FakeTogether]:
    with running(FakeTogether) as service:
        yield service


def _entered(version: DatasetVersion, url: str, **fields: str) -> dict[str, str]:
    asked = {"kind": "together", "base_model": "meta-llama/Tiny", "base_url": url, "n_epochs": "2"}
    return {**asked, "version_id": str(version.pk), "api_key_name": "", **fields}


@pytest.mark.django_db
def test_the_limits_of_a_base_model_are_asked_before_the_start(
    page: Client, version: DatasetVersion, together: FakeTogether
) -> None:
    url = reverse("evaluation:new_training", args=["house"])
    found = page.post(url, _entered(version, together.url, n_epochs="21", lora_r="8"))
    checked = found.context["checked"]
    assert [error.code for error in checked.errors] == ["training.over_model_limit"]
    content = found.content.decode()
    assert 'name="forecast_for"' not in content
    assert "8.0 to 64.0 for this base model" not in content
    assert "8 to 64 for this base model" in content
    assert "system, user, assistant, tool; a system message only at the start" in content
    assert "up to 64 characters" in content
    found = page.post(url, _entered(version, together.url))
    assert 'name="forecast_for"' in found.content.decode()
    assert (together.files, TrainingRun.objects.exists()) == ({}, False)
    together.stop()
    found = page.post(url, _entered(version, together.url))
    assert found.context["checked"].asked.failure is not None
    assert 'name="forecast_for"' in found.content.decode()
