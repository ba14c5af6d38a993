"""Serves the tuned models that a lead wants served, each by a llama.cpp server on a port."""

import logging
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import suppress
from http import HTTPStatus
from signal import SIGTERM

from evaluation.providers import kinds
from evaluation.registry.actions.registry import OnBehalfOf, set_address
from evaluation.training.local.adapters import adapter_of
from evaluation.training.local.base_files import find_base
from evaluation.training.local.models import ServedModel, ServingState
from reviewapp import env
from reviewapp.core.errors import DomainError, InvalidInput
from reviewapp.core.messages import Message, message
from reviewapp.ops.process import ends_with_parent

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
FIRST_PORT, PORTS = 18100, 100
LOOK_SECONDS = 2.0
MAX_CONTEXT = 8192
HEALTH_SECONDS = 2.0

Server = subprocess.Popen[bytes]


def serve_wanted(stopping: threading.Event) -> None:
    """Serve what leads want served until this process stops; then it waits for the next one."""
    servers: dict[int, Server] = {}
    try:
        while not stopping.is_set():
            look(servers)
            stopping.wait(LOOK_SECONDS)
    finally:
        for key, server in servers.items():
            _end(server)
            _change(key, ServingState.SERVED, ServingState.WANTED)


def look(servers: dict[int, Server]) -> None:
    """Start, watch and end servers once, so that they are those that leads want."""
    wanted = (ServingState.WANTED, ServingState.SERVED)
    rows = ServedModel.objects.filter(state__in=wanted).select_related(
        "model_version__endpoint", "asked_by"
    )
    found = {row.pk: row for row in rows}
    for key in [key for key in servers if key not in found]:
        _end(servers.pop(key))
    for key, row in found.items():
        try:
            if key not in servers:
                servers[key] = _start(row)
            _watch(row, servers[key])
        except (DomainError, OSError) as error:
            if key in servers:
                _end(servers.pop(key))
            reason = getattr(error, "message", None)
            fail(row, reason if isinstance(reason, Message) else message("local.serving_ended"))


def server_command(row: ServedModel, port: int) -> list[str]:
    """Return the program that serves a model, with its files on this machine.

    Raises:
        InvalidInput: the base model or the adapter are not here, or llama.cpp cannot read them.
    """
    model = row.model_version
    adapter = adapter_of(model)
    base = adapter.base
    path = find_base(base.path)
    if path is None:
        raise InvalidInput(message("local.base_missing", name=base.name))
    if path.is_dir() or not adapter.sha256:
        raise InvalidInput(message("local.not_gguf", name=model.name))
    command = [sys.executable, "-m", "evaluation.training.local.llama_server", str(path), str(port)]
    alias = model.checkpoint.model_id
    options = ["--alias", alias, "--context", str(min(base.context_tokens, MAX_CONTEXT))]
    return [*command, str(adapter.file()), *options]


def free_port(row: ServedModel) -> int:
    """Return the port that the model had, or a new one that nobody uses.

    Raises:
        InvalidInput: another program listens on its port, or all are taken.
    """
    if row.port is not None:
        if _is_free(row.port):
            return row.port
        raise InvalidInput(message("local.port_taken", port=row.port))
    taken = set(ServedModel.objects.values_list("port", flat=True))
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        if port not in taken and _is_free(port):
            return port
    raise InvalidInput(message("local.port_taken", port=FIRST_PORT))


def address(port: int) -> str:
    """Return the base URL of a served model."""
    return f"http://{HOST}:{port}/v1"


def mark_served(row: ServedModel) -> None:
    """Enter the address of a model whose server answers.

    Raises:
        InvalidInput: this installation does not allow the address.
    """
    model = row.model_version
    if model.provider == kinds.UNSERVED:
        set_address(
            model_id=model.pk,
            base_url=address(row.port or 0),
            served_as=model.checkpoint.model_id,
            actor=None,
            on_behalf_of=OnBehalfOf(row.asked_by, message("local.served_by_worker")),
        )
    _change(row.pk, ServingState.WANTED, ServingState.SERVED)


def fail(row: ServedModel, reason: Message) -> None:
    """Record why a model is not served; a lead may ask again."""
    ServedModel.objects.filter(pk=row.pk).exclude(state=ServingState.STOPPED).update(
        state=ServingState.FAILED, error=reason
    )


def answers(port: int) -> bool:
    """Return whether the server on a port is ready."""
    health = f"http://{HOST}:{port}/health"
    with suppress(OSError), urllib.request.urlopen(health, timeout=HEALTH_SECONDS) as reply:
        return bool(reply.status == HTTPStatus.OK)
    return False


def _start(row: ServedModel) -> Server:
    row.port = free_port(row)
    ServedModel.objects.filter(pk=row.pk).update(port=row.port)
    command = server_command(row, row.port)
    # A child that outlives a killed parent would keep the port.
    return subprocess.Popen(
        command,
        cwd=env.ROOT,
        stdin=subprocess.DEVNULL,
        preexec_fn=ends_with_parent(SIGTERM),  # noqa: PLW1509 - it only asks the kernel.
    )


def _watch(row: ServedModel, server: Server) -> None:
    if server.poll() is not None:
        raise InvalidInput(message("local.serving_ended"))
    if row.state == ServingState.WANTED and answers(row.port or 0):
        mark_served(row)


def _change(key: int, before: ServingState, after: ServingState) -> None:
    ServedModel.objects.filter(pk=key, state=before).update(state=after, error=None)


def _end(server: Server) -> None:
    server.terminate()
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
