"""Processes: children that end with their parent, and a lower priority. Standard library only."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
NICE = 10
"""Of work in the background, of 19 at most."""
AUTOGROUP = Path("/proc/self/autogroup")


def ends_with_parent(signal_number: int) -> Callable[[], None]:
    """Return a `preexec_fn` by which a child gets this signal when its parent dies, even killed.

    Only on Linux; elsewhere it does nothing.
    """
    if sys.platform != "linux":
        return lambda: None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel


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
        # There is no such file elsewhere, or the kernel shares by processes.
        with suppress(OSError):
            AUTOGROUP.write_text(str(NICE), encoding="ascii")
