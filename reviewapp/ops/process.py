"""Processes: children that end with their parent, and a lower priority. Standard library only."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

PR_SET_PDEATHSIG = 1
NICE = 10
"""Of work in the background, of 19 at most."""
AUTOGROUP = "/proc/self/autogroup"
_ATTEMPTS, _PAUSE_SECONDS = 10, 0.15


def ends_with_parent(signal_number: int) -> Callable[[], None]:
    """Return a `preexec_fn` by which a child gets this signal when its parent dies, even killed.

    Only on Linux; elsewhere it does nothing.
    """
    if sys.platform != "linux":
        return lambda: None
    # Loaded here, because a child between fork and exec should not load libraries.
    return partial(_ask_kernel, ctypes.CDLL(None), signal_number, os.getpid())


def stop_with_parent(signal_number: int, parent: int) -> None:
    """Send this process, a child of `parent`, this signal when its parent dies, even killed.

    Only on Linux; elsewhere it does nothing.
    """
    if sys.platform == "linux":
        _ask_kernel(ctypes.CDLL(None), signal_number, parent)


def _ask_kernel(libc: ctypes.CDLL, signal_number: int, parent: int) -> None:
    libc.prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        os._exit(1)


def lower_priority() -> None:
    """Lower the priority of this process, its later threads and its children: others go first.

    Linux may share the processor among sessions before it looks at their processes
    (`kernel.sched_autogroup_enabled`), so the session steps back too if this process leads it.
    """
    if sys.platform == "win32":
        return
    if os.getpriority(os.PRIO_PROCESS, 0) < NICE:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    if os.getsid(0) == os.getpid():
        _lower_session()


def _lower_session() -> None:
    # There is no such file elsewhere, or the kernel shares by processes.
    with suppress(OSError):
        file = os.open(AUTOGROUP, os.O_WRONLY)
        try:
            for _ in range(_ATTEMPTS):
                # An ordinary user changes one session in a tenth of a second, and `make demo`
                # starts two workers at once.
                with suppress(BlockingIOError):
                    os.write(file, str(NICE).encode())
                    break
                time.sleep(_PAUSE_SECONDS)
        finally:
            os.close(file)
