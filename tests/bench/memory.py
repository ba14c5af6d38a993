"""Memory of a process and its descendants, as Linux tells it."""

from __future__ import annotations

from pathlib import Path


def memory_mb(pid: int) -> float:
    """Return the memory of a process and its descendants in MB, shared pages counted once."""
    return sum(_memory_kb(member) for member in family(pid)) / 1024


def family(pid: int) -> list[int]:
    """Return the process and its descendants."""
    found = [pid]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = path.read_text().split()
        except OSError:
            continue
        for child in children:
            found += family(int(child))
    return found


def _memory_kb(pid: int) -> int:
    """Return the proportional set size: what several processes share counts once in their sum."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
