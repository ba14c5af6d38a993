"""Simulated reviewers over HTTP: vote, get the next comparison, vote again, as a browser does."""

from __future__ import annotations

import gzip
import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

CHOICES = ("left", "right", "both_good", "both_bad")
TIMEOUT_SECONDS = 20
CSRF = "csrftokencsrftokencsrftoken12345"


@dataclass(frozen=True)
class ReviewerSession:
    """A reviewer of a run: the path of the voting page and the session cookie."""

    path: str
    session: str


@dataclass
class Log:
    """The log of one reviewer: seconds of each vote, ids of acknowledged votes, errors."""

    seconds: list[float] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    max_bytes: int = 0
    is_out_of_work: bool = False


class Reviewer:
    """Votes until a stop or until there are no comparisons left."""

    def __init__(
        self, port: int, session: ReviewerSession, *, waits_for_replies: bool = False
    ) -> None:
        self.log = Log()
        self._port = port
        self._session = session
        self._waits_for_replies = waits_for_replies
        self._held: list[str] = []
        self._connection = self._connect()

    def vote_until(self, stop: threading.Event) -> None:
        """Vote without pause; with `waits_for_replies`, repeat a request without a response."""
        self._receive("lease", {})
        while not stop.is_set():
            if not self._held:
                self.log.is_out_of_work = True
                return
            self._vote(stop)

    def _vote(self, stop: threading.Event) -> None:
        voted = self._held.pop(0)
        # The same choice each time it is sent, as a browser would.
        choice = random.Random(voted).choice(CHOICES)  # noqa: S311 - load, not a secret.
        began = time.perf_counter()
        while not self._receive("cast", {"lease": voted, "choice": choice}):
            if not self._waits_for_replies or stop.is_set():
                return
            time.sleep(0.05)
        self.log.seconds.append(time.perf_counter() - began)
        self.log.acknowledged[voted] = choice

    def _receive(self, verb: str, fields: dict[str, str]) -> bool:
        """Post and store the response; return whether there was one."""
        try:
            status, content = self._post(verb, fields)
        except (OSError, http.client.HTTPException) as error:
            if not self._waits_for_replies:
                self.log.errors.append(repr(error))
            self._connection.close()
            return False
        if status != http.client.OK:
            self.log.errors.append(f"{status}: {content[:200]!r}")
            return True
        known = set(self._held)
        self._held += [
            comparison["id"]
            for comparison in json.loads(content)["next"]
            if comparison["id"] not in known
        ]
        return True

    def _post(self, verb: str, fields: dict[str, str]) -> tuple[int, bytes]:
        body = urlencode({**fields, "known": ",".join(self._held)})
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"sessionid={self._session.session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
        }
        self._connection.request("POST", f"{self._session.path}{verb}/", body, headers)
        response = self._connection.getresponse()
        content = response.read()
        self.log.max_bytes = max(self.log.max_bytes, len(content))
        if response.headers["Content-Encoding"] == "gzip":
            content = gzip.decompress(content)
        return response.status, content

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_SECONDS)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
