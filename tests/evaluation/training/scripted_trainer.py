"""A trainer without PyTorch for tests of bundles: six steps, two adapters, obeys pause and cancel.

It writes what the real one writes, goes on after a kill, and needs the standard library only.
"""

import json
import os
import time
from pathlib import Path

STEPS, EPOCH = 6, 3
ADAPTER_BYTES = 5 * 1024 * 1024
"""More than one part of an upload."""
folder = Path.cwd()


def tell(kind: str, **values: object) -> None:
    """Append an event."""
    with (folder / "events.jsonl").open("a") as events:
        events.write(json.dumps({"kind": kind, "at": "2026-11-27T10:00:00Z", **values}) + "\n")


def adapter(epoch: int) -> bytes:
    """The adapter of an epoch, always the same bytes."""
    return bytes([epoch]) * ADAPTER_BYTES


def main() -> None:
    """Train from the last step on."""
    state = folder / "state"
    done = int(state.read_text()) if state.exists() else 0
    tell("resumed" if done else "started", step=done, steps=STEPS, epochs=2, tokens_an_epoch=50)
    for step in range(done + 1, STEPS + 1):
        for request, end in (("cancel", "cancelled"), ("pause", "paused")):
            if (folder / request).exists():
                tell(end, step=step - 1, steps=STEPS)
                return
        time.sleep(0.05)
        tell("step", step=step, loss=2.0 / step, accuracy=0.5)
        if step % EPOCH == 0:
            place = folder / f"adapters/epoch-{step // EPOCH}"
            place.mkdir(parents=True, exist_ok=True)
            (place / "adapter.bin").write_bytes(adapter(step // EPOCH))
            files = ["adapter.bin"]
            tell("evaluation", step=step, loss=2.2 / step, accuracy=0.4)
            name = f"adapters/{place.name}"
            tell("checkpoint", step=step, epoch=step // EPOCH, folder=name, files=files)
        state.write_text(str(step))
        while str(step) == os.environ.get("HOLD_AFTER"):
            time.sleep(1)  # Until it is killed.
    tell("succeeded", step=STEPS, steps=STEPS)


if __name__ == "__main__":
    main()
