"""`python -m evaluation.training.trainer.report FOLDER -- COMMAND`: run a trainer, report on it.

It starts the command, sends each event of `events.jsonl` with its number, uploads kept adapters,
and makes the files `pause` and `cancel` when the answer says so. Events are kept in `unsent.jsonl`
until the server has them, so they survive a kill and a log that is shortened. It needs nothing but
Python's standard library. docs/bundle.md describes the requests.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from evaluation.training.trainer.unsent import Unsent

CONTACT_FILE, EVENTS_FILE, ID_FILE = "report.json", "events.jsonl", "events.id"
BATCH, BATCH_BYTES = 200, 512 * 1024
CALL_SECONDS = 60
MAX_WAIT_SECONDS = 60.0
LOOK_SECONDS = 1.0
"""Between two looks at the log: what is written and shortened within them is lost."""
EXIT_IN_USE, EXIT_REFUSED = 3, 4
ENDS = {"succeeded", "failed", "cancelled"}
# Statuses after which the same request may succeed.
RETRIED = {408, 425, 429, 500, 502, 503, 504}


class RefusedError(Exception):
    """The server takes no more reports: the token is not valid, or the training has ended."""


class UnreachableError(Exception):
    """No answer now; the same request may be sent again."""


class OffsetError(Exception):
    """The server has another number of bytes of a file."""


class _NoRedirects(HTTPRedirectHandler):
    """A redirect could take the token to another host."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """Follow none."""
        return


class Server:
    """The address of the training at the server, with the token for it."""

    def __init__(self, contact: dict[str, str]) -> None:
        self._url, self._token = contact["url"].rstrip("/"), contact["token"]
        if urlsplit(self._url).scheme not in {"http", "https"}:
            raise ValueError(f"{CONTACT_FILE} has no address of a web server.")
        self._opener = build_opener(_NoRedirects)

    def call(self, method: str, path: str, body: bytes, kind: str) -> dict[str, Any]:
        """Send one request and return the answer."""
        request = Request(f"{self._url}/{path}", data=body, method=method)  # noqa: S310 - checked.
        request.add_header("Authorization", f"Bearer {self._token}")
        request.add_header("Content-Type", kind)
        try:
            with self._opener.open(request, timeout=CALL_SECONDS) as reply:
                answer = json.loads(reply.read())
        except HTTPError as error:
            raise _failure(error) from error
        except (URLError, OSError, ValueError) as error:
            raise UnreachableError(str(error)) from error
        return dict(answer)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a JSON object and return the answer."""
        return self.call("POST", path, json.dumps(body).encode(), "application/json")


def _failure(error: HTTPError) -> Exception:
    try:
        answer = json.loads(error.read())
    except ValueError:
        answer = {}
    if answer.get("code") in {"wrong_offset", "digest_mismatch"}:
        return OffsetError(str(answer.get("detail")))
    if error.code in RETRIED:
        return UnreachableError(f"status {error.code}")
    return RefusedError(str(answer.get("detail") or f"The server answered {error.code}."))


class Reporter:
    """Runs the trainer in a folder and reports on it."""

    def __init__(self, folder: Path, command: Sequence[str], beat: float) -> None:
        self._folder, self._command, self._beat = folder, command, beat
        contact = json.loads((folder / CONTACT_FILE).read_text(encoding="utf-8"))
        self._server = Server(contact)
        self._trainer: subprocess.Popen[bytes] | None = None
        self._unsent = Unsent(folder, EVENTS_FILE, ID_FILE)
        self._wanted = "run"
        self._uploaded: set[str] = set()
        self._wait = beat

    def run(self) -> int:
        """Report until the training has ended; return the exit status."""
        try:
            while True:
                self._report()
                self._obey()
                status = self._trainer.poll() if self._trainer else None
                if status is not None and (left := self._after_exit(status)) is not None:
                    return left
                self._sleep()
        except RefusedError as error:
            sys.stderr.write(f"{error}\n")
            (self._folder / "cancel").touch()
            return EXIT_REFUSED
        finally:
            self.stop()
            self._unsent.close()

    def stop(self, *_signal: int | FrameType | None) -> None:
        """End the trainer, which can go on from its last checkpoint."""
        if self._trainer is not None and self._trainer.poll() is None:
            self._trainer.terminate()
            self._trainer.wait()

    def _sleep(self) -> None:
        """Wait for the next report; not longer than the trainer lives."""
        until = time.monotonic() + self._wait
        while (left := until - time.monotonic()) > 0:
            self._unsent.collect()
            if self._trainer is None:
                time.sleep(min(left, LOOK_SECONDS))
                continue
            with suppress(subprocess.TimeoutExpired):
                self._trainer.wait(min(left, LOOK_SECONDS))
                return

    def _obey(self) -> None:
        """Make or remove the files that the trainer obeys, and start it where it shall run."""
        for name in ("pause", "cancel"):
            if self._wanted == name:
                (self._folder / name).touch()
        if self._wanted == "run":
            (self._folder / "pause").unlink(missing_ok=True)
        if self._trainer is None and self._wanted != "pause":
            self._trainer = subprocess.Popen(self._command, cwd=self._folder)

    def _after_exit(self, status: int) -> int | None:
        """Return the exit status once nothing is left; None to go on."""
        self._trainer = None
        self._unsent.collect()
        last = self._unsent.last_kind
        if status == EXIT_IN_USE or last == "paused":
            self._wait = max(self._wait, self._beat)
            return None
        while self._unsent:
            if not self._report():
                time.sleep(self._wait)
        # Without an event of its end it was killed: run.sh is started again.
        return 0 if last in {"succeeded", "cancelled"} else (status or 1)

    def _report(self) -> bool:
        """Send what is new, or a sign of life; return whether the server answered."""
        try:
            self._send_news()
        except UnreachableError as error:
            self._wait = min(max(self._wait, self._beat) * 2, MAX_WAIT_SECONDS)
            sys.stderr.write(f"The server does not answer: {error}\n")
            return False
        self._wait = self._beat
        return True

    def _send_news(self) -> None:
        self._unsent.collect()
        batch = self._unsent.batch(BATCH, BATCH_BYTES)
        for event in batch:
            if event["event"].get("kind") == "checkpoint":
                self._upload_adapter(event["event"])
        answer = self._server.post("events", {"log": self._unsent.log_id, "events": batch})
        received = int(answer.get("received") or 0)
        if received > self._unsent.last_number:
            # This folder is older than what arrived, such as on an earlier copy of the disk.
            self._unsent.begin_log()
        else:
            self._unsent.drop_through(received)
            self._unsent.collect()
        self._wanted = str(answer.get("wanted") or "run")

    def _upload_adapter(self, event: dict[str, Any]) -> None:
        for name in event.get("files", []):
            path = f"{event['folder']}/{name}"
            with suppress(FileNotFoundError):
                self._upload(path, int(event.get("step", 0)))

    def _upload(self, name: str, step: int) -> None:
        """Send a file from where the server has it; one that arrived whole is not sent again."""
        path = self._folder / name
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            if f"{name}:{digest}" in self._uploaded:
                return
            asked = {"name": name, "step": step, "size": path.stat().st_size, "sha256": digest}
            state = self._server.post("uploads", asked)
            while not state["is_complete"]:
                content.seek(state["offset"])
                part = content.read(int(state["part_bytes"]))
                where = f"uploads/{state['id']}?offset={state['offset']}"
                try:
                    state = self._server.call("PATCH", where, part, "application/octet-stream")
                except OffsetError:
                    state = self._server.post("uploads", asked)
            self._uploaded.add(f"{name}:{digest}")


def main() -> int:
    """Return the status of the trainer, or 4 where the server takes no more reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the bundle")
    parser.add_argument("--beat", type=float, default=10.0, help="seconds between two reports")
    parser.add_argument("command", nargs="+", help="command that trains, after --")
    options = parser.parse_args()
    reporter = Reporter(options.folder.resolve(), options.command, options.beat)
    signal.signal(signal.SIGTERM, _exit_on_signal)
    return reporter.run()


def _exit_on_signal(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
