"""A call ends in time and within a few megabytes, whatever the service sends."""

import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from itertools import repeat

import pytest

from evaluation.providers import openai
from evaluation.providers.base import (
    CompletionRequest,
    PermanentFailure,
    ProviderError,
    TemporaryFailure,
)
from reviewapp.core.outbound import transport
from tests.fake_openai import FakeOpenAI, Step, completion, fake_openai

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
ERROR_HEAD = b"HTTP/1.1 400 Bad CompletionRequest\r\ncontent-type: application/json\r\n"
SECONDS = 0.3
# What a call may take beyond its deadline on a busy machine.
SLACK = 2.0
MEGABYTE = 1024 * 1024


@pytest.fixture
def service() -> Iterator[FakeOpenAI]:
    with fake_openai() as running:
        yield running


def request_to(service: FakeOpenAI, seconds: float = SECONDS) -> CompletionRequest:
    return CompletionRequest(
        base_url=service.url,
        api_key_name="",
        model_id="small",
        messages=[{"role": "user", "content": "Where is it?"}],
        timeout_seconds=seconds,
    )


def failure(request: CompletionRequest) -> tuple[type[ProviderError], str]:
    with pytest.raises(ProviderError) as caught:
        openai.COMPATIBLE.complete(request)
    return type(caught.value), caught.value.code


def starting_with(head: bytes, rest: bytes) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        yield head
        yield from repeat(rest)

    return pieces


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        (b"HTTP/1.1 ", b"2"),
        (HEAD, b"x-filler: 1\r\n"),
        (HEAD + b"x-filler: ", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (HEAD + b"content-length: 9999\r\n\r\n", b" "),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["status line", "header lines", "one header", "interim answers", "body", "chunks"],
)
def test_a_service_that_drips_is_given_up_in_time(
    service: FakeOpenAI, head: bytes, rest: bytes
) -> None:
    service.then(Step(raw=starting_with(head, rest), drip=0.02))
    began = time.monotonic()
    assert failure(request_to(service)) == (TemporaryFailure, "timeout")
    assert time.monotonic() - began < SECONDS + SLACK


@pytest.mark.parametrize("drip", [0.02, None], ids=["dripping", "endless"])
def test_the_body_of_an_error_is_given_up_and_its_status_counts(
    service: FakeOpenAI, monkeypatch: pytest.MonkeyPatch, drip: float | None
) -> None:
    monkeypatch.setattr(transport, "ERROR_BODY_SECONDS", 0.2)
    rest = b" " * (1 if drip else 65_536)
    service.then(Step(raw=starting_with(ERROR_HEAD + b"\r\n", rest), drip=drip))
    began = time.monotonic()
    assert failure(request_to(service, 20)) == (PermanentFailure, "status_400")
    assert time.monotonic() - began < SLACK + SLACK


def packed(format_bits: int) -> bytes:
    packer = zlib.compressobj(1, wbits=format_bits)
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(64)) + packer.flush()


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        (HEAD + b"\r\n", bytes(65_536)),
        (HEAD + b"content-encoding: gzip\r\n\r\n" + packed(zlib.MAX_WBITS | 16), b""),
        (HEAD + b"content-encoding: deflate\r\n\r\n" + packed(zlib.MAX_WBITS), b""),
    ],
    ids=["endless", "gzip bomb", "deflate bomb"],
)
def test_an_answer_takes_a_few_megabytes_at_most(
    service: FakeOpenAI, head: bytes, rest: bytes
) -> None:
    service.then(Step(raw=starting_with(head, rest)))
    tracemalloc.start()
    try:
        assert failure(request_to(service, 20)) == (PermanentFailure, "too_large")
        assert tracemalloc.get_traced_memory()[1] < 32 * MEGABYTE
    finally:
        tracemalloc.stop()
    assert service.written < 64 * MEGABYTE


def test_nothing_packed_is_asked_for_and_gzip_is_read_all_the_same(service: FakeOpenAI) -> None:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    body = packer.compress(str(completion("Hello.")).replace("'", '"').encode()) + packer.flush()
    service.then(Step(body=body, headers={"content-encoding": "gzip"}))
    assert openai.COMPATIBLE.complete(request_to(service, 5)).text == "Hello."
    assert service.headers[0]["accept-encoding"] == "identity"


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_what_cannot_be_unpacked_is_asked_for_again(service: FakeOpenAI, encoding: str) -> None:
    service.then(Step(body=b"nonsense", headers={"content-encoding": encoding}))
    assert failure(request_to(service, 5)) == (TemporaryFailure, "unreadable")
