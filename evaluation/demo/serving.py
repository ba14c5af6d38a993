"""A llama.cpp server in this process, which answers one prompt at a time.

It speaks the Chat Completions format. The adapters are loaded beside the base model; each request
selects some of them, so every model answers on the same machine and the same build.
"""

import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import xllamacpp

from evaluation.demo.rows import Message, Row

TIMEOUT_SECONDS = 300
CONTEXT_TOKENS = 4096


@dataclass(frozen=True)
class Sampling:
    """Sampling parameters; the seed is the same for each prompt and model."""

    temperature: float = 0.3
    top_p: float = 0.9
    max_tokens: int = 120
    seed: int = 20


class ServerError(Exception):
    """The server answered with a status other than 200."""


class LocalServer:
    """One base model with its adapters, numbered in the order in which they were given.

    It uses one thread by default: several threads wait for each other at every layer, which on a
    busy machine is slower than one.
    """

    def __init__(self, base_gguf: Path, adapters: Sequence[Path], *, threads: int = 1) -> None:
        params = xllamacpp.CommonParams()
        params.model.path = str(base_gguf)
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.n_parallel = 1  # One request at a time, so that a latency measures one answer only.
        params.n_ctx = CONTEXT_TOKENS
        params.cpuparams.n_threads = threads
        params.cpuparams_batch.n_threads = threads
        params.use_jinja = True
        params.ui = False
        params.lora_adapters = [_scaled(path) for path in adapters]
        self._adapters = len(adapters)
        self._server = xllamacpp.Server(params)
        self._address = urlsplit(self._server.listening_address)

    def answer(self, messages: Sequence[Message], adapter: int | None, how: Sampling) -> Row:
        """Return an answer in the format of the answers file: content, latency_ms and token counts.

        `adapter` is the number of the adapter, or None for the base model alone. Raises ServerError
        with the server's own words.
        """
        body = {
            "messages": list(messages),
            "temperature": how.temperature,
            "top_p": how.top_p,
            "max_tokens": how.max_tokens,
            "seed": how.seed,
            # A cached prompt would make the second model look faster.
            "cache_prompt": False,
            # llama.cpp leaves unnamed adapters on, so each is named.
            "lora": [
                {"id": number, "scale": float(number == adapter)}
                for number in range(self._adapters)
            ],
        }
        start = time.perf_counter()
        reply = self._post("/v1/chat/completions", body)
        latency_ms = round((time.perf_counter() - start) * 1000)
        return {
            "content": reply["choices"][0]["message"]["content"].strip(),
            "latency_ms": latency_ms,
            "prompt_tokens": reply["usage"]["prompt_tokens"],
            "completion_tokens": reply["usage"]["completion_tokens"],
        }

    def _post(self, path: str, body: Row) -> Any:
        host, port = self._address.hostname, self._address.port
        connection = http.client.HTTPConnection(host or "", port, timeout=TIMEOUT_SECONDS)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read().decode("utf-8")
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise ServerError(text)
        return json.loads(text)


def _scaled(path: Path) -> Any:
    adapter = xllamacpp.CommonAdapterLoraInfo()
    adapter.path, adapter.scale = str(path), 1.0
    return adapter
