"""A run with many votes, written in SQL: what actions would have left, without their time."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils import timezone

from evaluation.gates import GateSettings
from evaluation.registry.models import ModelVersion
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Answer, Comparison, EvaluationRun, Rater, RunIntent
from evaluation.voting.models import Vote
from reviewapp.people.actions import members as people
from reviewapp.people.actions import projects
from reviewapp.people.models import Role, User
from tests.bench.settling import settle

INTENTS = 12
RATERS = 16
LANGUAGES = ["en", "it", "de", "es", "nl"]
LEFT_OPEN = 1000
"""Examples that are not voted on yet, at the end of the served order."""

_COMPARISONS = """
INSERT INTO evaluation_comparison (
    run_id, public_id, position, intent_id, intent_name, external_id, prompt, language, tags,
    policies, votes_needed, state, closing_candidate, closing_baseline, closing_tie_good,
    closing_tie_bad, all_candidate, all_baseline, all_tie_good, all_tie_bad)
SELECT %(run)s, gen_random_uuid(), n, (%(intents)s::bigint[])[1 + n %% %(k)s], '', 'x' || n,
       jsonb_build_array(jsonb_build_object('role', 'user', 'content', repeat(md5(n::text), 36))),
       (%(languages)s::text[])[1 + n %% 5], ARRAY['tag' || n %% 9], '{}',
       CASE WHEN n %% 5 = 0 THEN 3 ELSE 1 END, 'open', 0, 0, 0, 0, 0, 0, 0, 0
FROM generate_series(1, %(examples)s) n
"""
_ANSWERS = """
INSERT INTO evaluation_answer (
    comparison_id, run_id, model_version_id, state, attempts, text, finish_reason,
    response_model, request_id, latency_ms, prompt_tokens, completion_tokens, cost_usd, is_refusal,
    error_code)
SELECT c.id, c.run_id, m, 'done', 1, repeat('answer ', 20 + (random() * 80)::int), 'stop', '', '',
       (400 + random() * 900)::int, 300, 120, 0.0001 + random() / 1000, random() < 0.02, ''
FROM evaluation_comparison c, unnest(%(models)s::bigint[]) m
WHERE c.run_id = %(run)s
"""
_VOTES = """
INSERT INTO evaluation_vote (
    run_id, comparison_id, rater_id, choice, "left", verdict, counted, source, reasons, rationale,
    recognised, at)
SELECT c.run_id, c.id, (%(raters)s::bigint[])[1 + (c.position + slot) %% %(r)s], NULL,
       CASE WHEN random() < 0.5 THEN 'candidate' ELSE 'baseline' END,
       CASE WHEN roll < 0.46 THEN 'candidate' WHEN roll < 0.76 THEN 'baseline'
            WHEN roll < 0.92 THEN 'tie_good' ELSE 'tie_bad' END,
       true, 'imported',
       CASE WHEN c.position %% 3 = 0 THEN '{"left": ["correct"], "right": ["incomplete"]}'::jsonb
            ELSE '{}'::jsonb END, '', false, now()
FROM evaluation_comparison c
CROSS JOIN LATERAL (
    SELECT slot, 0.6 * random() + 0.4 * (hashint4(c.position) & 1023) / 1024.0 AS roll
    FROM generate_series(1, c.votes_needed) slot
) s
WHERE c.run_id = %(run)s AND c.state = 'open' AND c.position <= %(through)s
"""
_CLOSE = """
UPDATE evaluation_comparison c
SET state = 'closed', closed_at = now(), first_served_at = now(),
    closing_candidate = v.c, closing_baseline = v.b, closing_tie_good = v.g, closing_tie_bad = v.x,
    all_candidate = v.c, all_baseline = v.b, all_tie_good = v.g, all_tie_bad = v.x
FROM (
    SELECT comparison_id, count(*) FILTER (WHERE verdict = 'candidate') AS c,
           count(*) FILTER (WHERE verdict = 'baseline') AS b,
           count(*) FILTER (WHERE verdict = 'tie_good') AS g,
           count(*) FILTER (WHERE verdict = 'tie_bad') AS x
    FROM evaluation_vote
    WHERE comparison_id IN (
        SELECT id FROM evaluation_comparison
        WHERE run_id = %(run)s AND state = 'open' AND position <= %(through)s)
    GROUP BY comparison_id
) v
WHERE c.id = v.comparison_id AND c.state = 'open'
"""


def filled_run(votes: int) -> tuple[EvaluationRun, User]:
    """Return a run with about so many votes, and a lead who does not vote in it."""
    # Each size is filled by a process of its own, so names hold the size.
    project = projects.create_project(slug=f"bench-{votes}")
    lead = User.objects.create_user(email=f"lead-{votes}@example.com")
    people.add_member(project=project, email=lead.email, role=Role.LEAD)
    models = [
        ModelVersion.objects.create(project=project, name=name, provider="imported")
        for name in ("candidate", "baseline")
    ]
    run = EvaluationRun.objects.create(
        project=project,
        name=f"bench-{votes}",
        candidate=models[0],
        baseline=models[1],
        origin=EvaluationRun.Origin.IMPORTED,
        gate_settings=GateSettings().as_json(),
        votes_per_example=1,
        overlap_votes=3,
        state=RunState.VOTING,
        opened_at=timezone.now(),
    )
    intents = [RunIntent.objects.create(run=run, name=f"intent {n:02}") for n in range(INTENTS)]
    for number in range(RATERS):
        Rater.objects.create(run=run, name=f"rater {number:02}")
    # On average 1.4 votes close an example.
    closed = round(votes / 1.4)
    values: dict[str, Any] = {
        "run": run.pk,
        "examples": closed + LEFT_OPEN,
        "intents": [intent.pk for intent in intents],
        "k": INTENTS,
        "languages": LANGUAGES,
        "models": [model.pk for model in models],
    }
    with connection.cursor() as cursor:
        cursor.execute(_COMPARISONS, values)
        cursor.execute(_ANSWERS, values)
    _vote(run, through=closed)
    settle(Comparison, Answer, Vote)
    return run, lead


def add_votes(run: EvaluationRun, examples: int) -> None:
    """Close so many more examples."""
    first = run.comparisons.filter(state="open").order_by("position").values_list("position")
    _vote(run, through=first[0][0] + examples - 1)


def _vote(run: EvaluationRun, *, through: int) -> None:
    raters = list(run.raters.order_by("pk").values_list("pk", flat=True))
    values: dict[str, Any] = {"run": run.pk, "through": through, "raters": raters, "r": len(raters)}
    with connection.cursor() as cursor:
        cursor.execute(_VOTES, values)
        cursor.execute(_CLOSE, values)
