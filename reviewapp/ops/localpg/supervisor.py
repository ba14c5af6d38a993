"""The process that runs one embedded server for as long as anybody holds it.

Everyone who uses the server holds a shared lock on one file, which the kernel releases however they
end. The supervisor waits for the exclusive lock: when it gets it, the last user is gone, and it
takes the server down. If the supervisor itself is killed, Linux sends the server the signal to shut
down.

Run as `python -m reviewapp.ops.localpg.supervisor CONFIG` with the supervisor_config as JSON.
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
    """Run the server until nobody holds it; the exit code is the server's."""
    supervisor_config = SupervisorConfig.from_argument(argument)
    # The server must not be the supervisor's child only: it has to end with it, even by SIGKILL.
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
    """Wait for the last user to let go; hold the lock to the end so that newcomers wait for it."""
    descriptor = os.open(lock, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    server.send_signal(FAST_SHUTDOWN)


if __name__ == "__main__":
    # Nobody's child: whoever started the server may end long before it, or long after.
    if os.fork():
        os._exit(0)
    os.chdir(Path("/"))
    sys.exit(main(sys.argv[1]))
