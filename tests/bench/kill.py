"""SIGKILL in the middle of work: votes against the web server, answers against the worker.

`python -m tests.bench.kill [--json] [--kills 3] [--questions 600]`. To reach: no acknowledged vote
lost, none double, none over its quota; no answer asked again that the killed worker had stored.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.bench import server
from tests.bench.reviewers import Reviewer, ReviewerSession
from tests.fake_openai import FakeOpenAI, fake_openai

EXAMPLES, REVIEWERS = 5000, 16
BURST_SECONDS = 4.0
CONCURRENT = 8
ANSWER_SECONDS = 0.05
# A lost worker's answers wait for the end of their lease: this, and half a minute more.
CALL_SECONDS = 5
GIVE_UP_SECONDS = 240.0
POLL_SECONDS = 0.5


def main() -> int:
    """Kill both; 0 if nothing was lost, doubled or asked without need."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--kills", type=int, default=3, help="how often the web server is killed")
    parser.add_argument("--questions", type=int, default=600, help="answers to generate")
    options = parser.parse_args()
    with server.prepared(broker=None):
        found = {
            "votes": kill_web(options.kills),
            "answers": kill_worker(options.questions),
        }
    sys.stderr.write(f"{found}\n")
    if options.json:
        sys.stdout.write(json.dumps({"kill": found}) + "\n")
    faults = ("errors", "lost", "doubles", "over_quota", "miscounted", "asked_without_need")
    return int(any(part.get(fault, 0) for part in found.values() for fault in faults))


def kill_web(kills: int) -> dict[str, Any]:
    """Kill the web server while reviewers vote, who send again what got no answer."""
    web = server.WebServer(server.free_port())
    run = server.inside("voting_inside", "prepare", EXAMPLES, REVIEWERS)
    voters = [
        Reviewer(web.port, ReviewerSession(run["path"], session), waits_for_replies=True)
        for session in run["sessions"]
    ]
    stop = threading.Event()
    threads = [threading.Thread(target=voter.vote_until, args=[stop]) for voter in voters]
    for thread in threads:
        thread.start()
    for _ in range(kills):
        time.sleep(BURST_SECONDS)
        web.kill()
        web.restart()
    time.sleep(BURST_SECONDS)
    stop.set()
    for thread in threads:
        thread.join()
    web.stop()
    stored = server.inside("voting_inside", "check", run["run"])
    acknowledged = {key: value for voter in voters for key, value in voter.log.acknowledged.items()}
    return {
        "kills": kills,
        "acknowledged": len(acknowledged),
        "errors": sum(len(voter.log.errors) for voter in voters),
        "lost": sum(stored["choices"].get(key) != choice for key, choice in acknowledged.items()),
        **{name: stored[name] for name in ("votes", "doubles", "over_quota", "miscounted")},
    }


def kill_worker(questions: int) -> dict[str, Any]:
    """Kill the worker while it asks; a new one and the beat finish the run."""
    os.environ |= {
        "PROVIDER_TIMEOUT_SECONDS": str(CALL_SECONDS),
        "ANSWER_LEASE_SECONDS": str(CALL_SECONDS),
    }
    with fake_openai() as service:
        service.answer = _slowly(service.answer)
        run = server.inside("kill_inside", "prepare", service.url, questions // 2, CONCURRENT)
        beat, worker = _celery("beat", f"--schedule={_data('beat')}", "--pidfile="), _worker()
        try:
            _wait(lambda: len(service.requests) >= questions // 3)
            _kill(worker)
            done = set(server.inside("kill_inside", "done", run["run"])["done"])
            worker = _worker()
            _wait(lambda: server.inside("kill_inside", "state", run["run"])["state"] == "voting")
        finally:
            _kill(worker)
            _kill(beat)
        end = server.inside("kill_inside", "done", run["run"])
        return {"questions": questions, "stored": len(end["done"]), **_counts(service, done)}


def _counts(service: FakeOpenAI, done: set[str]) -> dict[str, int]:
    """Count requests; those asked twice although the first answer was stored had no need."""
    asked = Counter(f"{model}: {text}" for model, text in service.asked().elements())
    again = {question for question, times in asked.items() if times > 1}
    return {
        "requests": sum(asked.values()),
        "asked_again": len(again),
        "most_together": service.most_together,
        "asked_without_need": len(again & done) + sum(times > 2 for times in asked.values()),
    }


def _slowly(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The same answer after the time that a fast model takes."""

    def wrapped(body: dict[str, Any]) -> dict[str, Any]:
        time.sleep(ANSWER_SECONDS)
        return answer(body)

    return wrapped


def _data(name: str) -> str:
    return os.path.join(os.environ["TOUCHSTONE_DATA"], name)


def _worker() -> subprocess.Popen[bytes]:
    return _celery("worker", "--pool=threads", f"--concurrency={CONCURRENT}")


def _celery(*words: str) -> subprocess.Popen[bytes]:
    """Start a part of Celery in a process group of its own, as `make demo` does."""
    command = [sys.executable, "-m", "celery", "--app=reviewapp.celery", "--quiet", *words]
    return server.start(
        [*command, "--loglevel=error"], stderr=subprocess.DEVNULL, start_new_session=True
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {GIVE_UP_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
