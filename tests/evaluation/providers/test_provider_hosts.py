"""Where a model may be called, and where a key may be sent."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluation.providers import keys, openai
from evaluation.providers.addresses import base_url_error, host_error
from evaluation.providers.base import (
    CompletionRequest,
    ProviderBlocked,
    ProviderError,
    TemporaryFailure,
)
from reviewapp.core.outbound.addresses import forbidden_address, is_listed, private_address
from tests.fake_openai import FakeOpenAI, fake_openai

SECRET = "sk-very-secret-value"
OPENAI_URL = "https://api.openai.com/v1"


@pytest.fixture
def service() -> Iterator[FakeOpenAI]:
    with fake_openai() as running:
        yield running


def request_to(url: str, api_key_name: str = "") -> CompletionRequest:
    return CompletionRequest(
        base_url=url,
        api_key_name=api_key_name,
        model_id="small",
        messages=[{"role": "user", "content": "Hello?"}],
        timeout_seconds=5.0,
    )


def failure(request: CompletionRequest) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        openai.COMPATIBLE.complete(request)
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("name", "hosts", "url", "is_sent"),
    [
        ("OPENAI_API_KEY", "", OPENAI_URL, True),
        ("OPENAI_API_KEY", "", "https://eu.api.openai.com/v1", True),
        ("OPENAI_API_KEY", "", "http://api.openai.com/v1", False),
        ("OPENAI_API_KEY", "", "https://api.openai.com.evil.example/v1", False),
        ("OPENAI_API_KEY", "", "https://evil.example/api.openai.com/v1", False),
        ("OPENAI_API_KEY", "gateway.example", OPENAI_URL, False),
        ("OPENAI_API_KEY", "gateway.example", "https://gateway.example/v1", True),
        ("SHOP_API_KEY", "", "https://models.example/v1", False),
        ("SHOP_API_KEY", "models.example, other.example", "http://models.example:81/v1", True),
        ("SHOP_API_KEY", "models.example:81", "http://models.example:82/v1", False),
        ("SHOP_API_KEY", ".models.example", "https://a.b.models.example./v1", True),
        ("SHOP_API_KEY", ".models.example", "https://models.example/v1", False),
        ("SHOP_API_KEY", "MODELS.example", "https://Models.Example/v1", True),
        ("SHOP_API_KEY", "[::1]:8000", "http://[::1]:8000/v1", True),
        ("AZURE_OPENAI_API_KEY", "", "https://mine.openai.azure.com/openai/v1", True),
        ("", "", "https://models.example/v1", True),
    ],
)
def test_a_key_goes_only_to_its_hosts(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    hosts: str,
    url: str,
    is_sent: bool,  # noqa: FBT001
) -> None:
    if name:
        monkeypatch.setenv(name, SECRET)
        monkeypatch.setenv(f"{name}_HOSTS", hosts)
    if is_sent:
        assert keys.read_key(name, base_url=url) == (SECRET if name else "")
        return
    with pytest.raises(ProviderBlocked, match=f"set {name}_HOSTS="):
        keys.read_key(name, base_url=url)


def test_a_key_that_does_not_belong_to_the_host_never_leaves(
    service: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    error = failure(request_to(service.url, "OPENAI_API_KEY"))
    assert (type(error), error.code) == (ProviderBlocked, "key_host_not_allowed")
    assert service.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "fd00:ec2::254",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::a9fe:a9fe",
        "0.0.0.0",  # noqa: S104
        "0.1.2.3",
        "::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
    ],
)
def test_link_local_and_metadata_addresses_are_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Also behind a name, and when the name resolves to another address than before."""
    assert forbidden_address(address)
    assert private_address(address)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bad: list[Any] = [(family, socket.SOCK_STREAM, 6, "", (address, 80))]
    good: list[Any] = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))]
    found = iter([good, good + bad])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: next(found))
    assert isinstance(failure(request_to("http://models.example/v1")), TemporaryFailure)
    error = failure(request_to("http://models.example/v1"))
    assert (type(error), error.code) == (ProviderBlocked, "address_refused")


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.7", "192.168.1.5", "8.8.8.8"])
def test_loopback_private_and_public_addresses_may_be_called(address: str) -> None:
    assert not forbidden_address(address)
    assert bool(private_address(address)) == (address != "8.8.8.8")


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/v1", "http://[fe80::1]/v1", "http://[::ffff:169.254.1.1]/v1"]
)
def test_a_refused_address_cannot_be_registered(url: str) -> None:
    reason = base_url_error(url)
    assert reason is not None
    assert reason.code == "providers.address_forbidden"


@pytest.mark.parametrize("host", ["2852039166", "0xa9fea9fe", "0251.0376.0251.0376"])
def test_other_spellings_of_a_refused_address_are_refused_at_the_call(host: str) -> None:
    assert failure(request_to(f"http://{host}/v1")).code == "address_refused"


def test_only_listed_hosts_are_called_if_any_are_listed(service: FakeOpenAI, settings: Any) -> None:
    settings.PROVIDER_ALLOWED_HOSTS = ["models.example"]
    error = failure(request_to(service.url))
    assert (type(error), error.code) == (ProviderBlocked, "host_refused")
    assert error.message.code == "providers.host_not_allowed"
    settings.PROVIDER_ALLOWED_HOSTS = ["127.0.0.1"]
    assert openai.COMPATIBLE.complete(request_to(service.url)).text
    assert len(service.requests) == 1


def test_no_list_allows_every_host_that_is_not_refused() -> None:
    assert host_error("https://models.example/v1", []) is None
    assert not is_listed("https://models.example/v1", [""])


def test_a_key_is_read_from_a_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(f"{SECRET}\n")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    assert keys.read_key("OPENAI_API_KEY", base_url=OPENAI_URL) == SECRET
    assert keys.is_set("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with pytest.raises(ProviderBlocked, match="Unset one") as refused:
        keys.read_key("OPENAI_API_KEY", base_url=OPENAI_URL)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "DATABASE_URL", "openai_api_key", "MISSING_API_KEY"]
)
def test_a_name_that_is_no_key_is_never_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv(f"{name}_HOSTS", "models.example")
    assert not keys.is_set(name)
    with pytest.raises(ProviderBlocked) as caught:
        keys.read_key(name, base_url="https://models.example/v1")
    assert SECRET not in str(caught.value)


def test_a_proxy_of_the_environment_is_used_and_addresses_are_refused_all_the_same(
    service: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", service.url.removesuffix("/v1"))
    monkeypatch.setenv("no_proxy", "inside.example")
    assert openai.COMPATIBLE.complete(request_to("http://outside.example/v1")).text
    assert service.headers[0]["host"] == "outside.example"
    assert failure(request_to("http://169.254.169.254/v1")).code == "address_refused"
