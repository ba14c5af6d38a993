"""A trainer without a model: it keeps to the protocol of the folder, and learns nothing.

A file `script.json` in its folder may say at which step it waits for a request, kills itself, or
fails, or that it does not start.
"""

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

STEPS_EACH = 2
TOKENS_EACH = 100
STATES = {"pause": "paused", "cancel": "cancelled"}


def main(folder: Path) -> int:
    """Train two steps an epoch; return the exit status of the real trainer."""
    job = json.loads((folder / "job.json").read_text())
    script = _read(folder / "script.json")
    if script.get("does_not_start"):
        return 1
    total = STEPS_EACH * job["epochs"]
    done = _read(folder / "checkpoint.pt").get("step", 0)
    say(folder, "resumed" if done else "started", **_size(job, done, total))
    if not done:
        say(folder, "evaluation", step=0, loss=3.0, accuracy=0.1)
    for step in range(done + 1, total + 1):
        if request := _request(folder, is_waiting=script.get("wait_at") == step):
            say(
                folder,
                {"pause": "paused", "cancel": "cancelled"}[request],
                step=step - 1,
                steps=total,
            )
            return 0
        if script.get("kill_at") == step:
            (folder / "script.json").write_text(json.dumps(script.get("then", {})))
            os.kill(os.getpid(), signal.SIGKILL)
        if script.get("fail_at") == step:
            say(folder, "failed", code="loss_not_finite", text="The loss is no number.")
            return 1
        say(folder, "step", step=step, loss=3.0 / step, accuracy=0.5, tokens=step * 10)
        if step % STEPS_EACH == 0:
            say(folder, "evaluation", step=step, loss=2.0 / step, accuracy=0.6)
            _keep(folder, step // STEPS_EACH, step)
        (folder / "checkpoint.pt").write_text(json.dumps({"step": step}))
    say(folder, "succeeded", step=total, steps=total)
    return 0


def _size(job: dict[str, int], done: int, total: int) -> dict[str, object]:
    tokens = {"tokens_an_epoch": TOKENS_EACH, "learnt_tokens_an_epoch": TOKENS_EACH // 2}
    return {"step": done, "steps": total, "epochs": job["epochs"], "device": "cpu", **tokens}


def _keep(folder: Path, epoch: int, step: int) -> None:
    adapter = folder / f"adapters/epoch-{epoch}"
    adapter.mkdir(parents=True, exist_ok=True)
    files = ["adapter.gguf", "adapter_model.safetensors"]
    for name in files:
        (adapter / name).write_text(f"{name} of {folder.name} after epoch {epoch}")
    say(folder, "checkpoint", step=step, epoch=epoch, folder=f"adapters/epoch-{epoch}", files=files)


def _request(folder: Path, *, is_waiting: bool) -> str:
    while True:
        for name in ("cancel", "pause"):
            if (folder / name).exists():
                return name
        if not is_waiting:
            return ""
        time.sleep(0.005)


def _read(path: Path) -> dict[str, int]:
    return json.loads(path.read_text()) if path.exists() else {}


def say(place: Path, kind: str, **values: object) -> None:
    """Append an event."""
    event = {"at": datetime.now(UTC).isoformat(), "kind": kind, **values}
    with (place / "events.jsonl").open("a") as events:
        events.write(json.dumps(event) + "\n")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
