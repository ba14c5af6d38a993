"""The process that runs an embedded server as long as another process uses it.

Every user of the server has a shared lock on one file, which the kernel releases however they end.
The supervisor waits for the exclusive lock. It gets the lock when the last user has ended, and then
shuts the server down. If the supervisor is killed, Linux sends the server the shutdown signal.

Run as `python -m reviewapp.ops.localpg.supervisor CONFIG` with a `SupervisorConfig` as JSON.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from reviewapp.ops.localpg.supervisor_config import SupervisorConfig
from reviewapp.ops.process import ends_with_parent

FAST_SHUTDOWN = signal.SIGINT


def main(argument: str) -> int:
    """Run the server until no process uses it; return the server's exit code."""
    supervisor_config = SupervisorConfig.from_argument(argument)
    # The server has to end with the supervisor, even if that is killed.
    server = subprocess.Popen(
        supervisor_config.command,
        stdin=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        preexec_fn=ends_with_parent(FAST_SHUTDOWN),  # noqa: PLW1509 - no thread has been started yet.
        **supervisor_config.run_as,
    )
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(FAST_SHUTDOWN))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(
        target=_stop_when_unused, args=(supervisor_config.lock, server), daemon=True
    ).start()
    code = server.wait()
    for folder in supervisor_config.remove:
        shutil.rmtree(folder, ignore_errors=True)
    return code


def _stop_when_unused(lock: str, server: subprocess.Popen[bytes]) -> None:
    """Wait for the end of the last user; keep the lock, so that new users wait for the shutdown."""
    descriptor = os.open(lock, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    server.send_signal(FAST_SHUTDOWN)


if __name__ == "__main__":
    # Detach from the process that started the server, which may end earlier or later.
    if os.fork():
        os._exit(0)
    os.chdir(Path("/"))
    sys.exit(main(sys.argv[1]))
