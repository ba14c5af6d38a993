"""What the bench of voting needs Django for: a run to vote in, and what became of it.

`history VOTES`, `prepare EXAMPLES REVIEWERS` and `check RUN` print one JSON object each.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, F, Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from evaluation.results.actions import gates
from evaluation.runs.actions import answer_import, run_setup
from evaluation.runs.actions.answer_plan import AnswerImport
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.runs.rows import AnswerRow, ImportedAnswer
from evaluation.voting.actions import leases
from evaluation.voting.models import Lease, Vote
from reviewapp.people.actions.members import add_member
from reviewapp.people.models import Project, Role, User
from tests.bench.filled_run import filled_run
from tests.bench.settling import settle
from tests.factories.people import make_project
from tests.factories.runs import make_prompts

ANSWER = (
    "Thank you for asking about order {number}. You can send it back **within 30 days**, and "
    "longer if it is faulty.\n\n"
    "1. Open *My orders* and choose the item.\n"
    "2. Choose `Return` and give a reason.\n"
    "3. Print the label and hand the parcel in at any shop.\n\n"
    "Your money is back after {days} working days at the latest. If it takes longer, write to us "
    "and we look into it on the same day. We are sorry for the trouble, and hope that the next "
    "pair fits better."
)


def rows(examples: int) -> Iterator[AnswerRow]:
    """Answers of about 80 words, with the Markdown that models like."""
    for line, prompt in enumerate(make_prompts(examples), start=1):
        yield AnswerRow(
            line=line,
            prompt=prompt,
            baseline=ImportedAnswer(ANSWER.format(number=line, days=line % 7)),
            candidate=ImportedAnswer(
                ANSWER.format(number=line, days="ten").replace("money", "refund")
            ),
        )


def reviewer_of(project: Project, number: int) -> User:
    """A reviewer who may vote at once."""
    email = f"reviewer{number}@{project.slug}.example"
    user = add_member(project=project, email=email, role=Role.REVIEWER).user
    User.objects.filter(pk=user.pk).update(must_change_password=False)
    return user


def prepare(examples: int, reviewers: int) -> dict[str, Any]:
    """Open a run; sign its reviewers in; count the statements of one vote."""
    # Each size is prepared by a process of its own, whose counters begin at one.
    project = make_project(f"bench-{secrets.token_hex(4)}")
    people = [reviewer_of(project, number) for number in range(reviewers)]
    plan = AnswerImport(run=f"bench-{project.slug}", baseline="base", candidate="tuned")
    made = answer_import.import_answers(project=project, plan=plan, rows=lambda: rows(examples))
    run = run_setup.set_raters(
        run_id=made.run.pk, rater_ids=[person.pk for person in people], actor=None
    )
    # The worst for a plan: two are as large as they get, and two still empty.
    settle(Answer, Comparison, Lease, Vote)
    clients = []
    for person in people:
        client = Client()
        client.force_login(person)
        leases.lease_comparisons(run_id=run.pk, actor=person)
        clients.append(client)
    path = reverse("evaluation:vote", args=[project.slug, run.pk])
    return {
        "run": run.pk,
        "path": path,
        "statements": _statements_of_a_vote(clients[0], path),
        "sessions": [client.cookies[settings.SESSION_COOKIE_NAME].value for client in clients],
    }


def _statements_of_a_vote(client: Client, path: str) -> int:
    """Count every statement of one request, BEGIN and COMMIT included."""
    headers = {"Accept": "application/json"}
    counts = []
    for _ in range(2):  # The first fills caches of the process.
        held = client.post(f"{path}lease/", headers=headers).json()["next"]
        known, voted = [comparison["id"] for comparison in held], held[0]["id"]
        fields = {"lease": voted, "choice": "left", "known": ",".join(known)}
        with CaptureQueriesContext(connection) as counted:
            client.post(f"{path}cast/", fields, headers=headers)
        counts.append(len(counted))
    return counts[-1]


def check(run_id: int) -> dict[str, Any]:
    """Count what must not be: doubled votes, examples over their quota, counts that are wrong."""
    run = EvaluationRun.objects.get(pk=run_id)
    counted_votes = Q(votes__undone_at=None) & Q(votes__isnull=False)
    cast = run.comparisons.annotate(cast=Count("votes", filter=counted_votes))
    closing = (
        F("closing_candidate")
        + F("closing_baseline")
        + F("closing_tie_good")
        + F("closing_tie_bad")
    )
    pairs = run.votes.filter(undone_at=None).values("comparison", "rater")
    return {
        "votes": run.votes.count(),
        "doubles": pairs.annotate(times=Count("pk")).filter(times__gt=1).count(),
        "over_quota": cast.filter(cast__gt=F("votes_needed")).count(),
        "miscounted": cast.exclude(cast=closing).count(),
        "choices": {
            str(public_id): choice
            for public_id, choice in Vote.objects.filter(run=run, undone_at=None)
            .values_list("lease__public_id", "choice")
            .iterator()
        },
    }


def history(votes: int) -> dict[str, Any]:
    """Leave an open run with so many votes, measured, for which nobody votes any more."""
    run, _lead = filled_run(votes)
    gates.measure_gates(run_id=run.pk)
    return {"run": run.pk}


def main() -> None:
    """Do what the arguments say."""
    verb, *numbers = sys.argv[1:]
    verbs: dict[str, Callable[..., dict[str, Any]]] = {
        "history": history,
        "prepare": prepare,
        "check": check,
    }
    found = verbs[verb](*map(int, numbers))
    sys.stdout.write(json.dumps(found) + "\n")
