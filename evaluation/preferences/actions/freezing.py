"""Freezing the preferences of closed runs as a set, and exporting it."""

import hashlib
from collections.abc import Sequence
from typing import IO

from django.db import transaction
from django.db.models import Max

from evaluation.preferences.collecting import Collected, FoundPair, collect_pairs, usable_runs
from evaluation.preferences.files import pair_tokens, write_pairs
from evaluation.preferences.formats import PairFormat, pair_line
from evaluation.preferences.models import PreferenceEvent, PreferencePair, PreferenceSet, Rule
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import answers_denied_reason
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.core.messages import message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead

MAX_MIN_VOTES = 20


def count_pairs(
    *, project: Project, run_ids: Sequence[int], rule: str, min_votes: int, actor: User | None
) -> Collected:
    """Return what would be frozen now. Writes nothing; raises as `freeze_preferences` does."""
    require_lead(actor, project)
    _check_rule(rule, min_votes)
    runs = usable_runs(project, run_ids)
    for run in runs:
        require_answers(actor, run)
    return collect_pairs(project, runs, rule=rule, min_votes=min_votes)


@transaction.atomic
def freeze_preferences(
    *, project: Project, run_ids: Sequence[int], rule: str, min_votes: int, actor: User | None
) -> PreferenceSet:
    """Freeze the pairs that the votes of closed runs decide by a rule.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project, or still votes blind in
            another run of one of the models.
        InvalidInput: a run that cannot be used, no pair, or the pairs of an earlier set.
    """
    # A split is not retired meanwhile, and numbers follow each other.
    locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    found = count_pairs(
        project=locked, run_ids=run_ids, rule=rule, min_votes=min_votes, actor=actor
    )
    if not found.pairs:
        raise InvalidInput(message("preferences.none"))
    lines = [_line(pair) for pair in found.pairs]
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    if same := PreferenceSet.objects.filter(project=locked, digest=digest).first():
        raise InvalidInput(message("preferences.exists", number=same.number))
    last = PreferenceSet.objects.filter(project=locked).aggregate(last=Max("number"))["last"]
    stored = PreferenceSet.objects.create(
        project=locked,
        number=(last or 0) + 1,
        rule=rule,
        min_votes=min_votes,
        digest=digest,
        size_bytes=sum(map(len, lines)),
        pair_count=len(lines),
        tokens=_tokens(found.pairs, locked.tokenizer_model),
        left_out=dict(found.left_out),
        sources=_sources(locked, run_ids, found.pairs),
        created_by=actor,
    )
    PreferencePair.objects.bulk_create(_rows(stored, found.pairs), batch_size=ROWS_AT_ONCE)
    detail = {"rule": rule, "min_votes": min_votes, "pairs": len(lines), "runs": stored.sources}
    _record(stored, "freeze_preferences", actor, after=digest, detail=detail)
    stored.refresh_from_db()
    return stored


def _check_rule(rule: str, min_votes: int) -> None:
    if rule not in Rule.values or not 1 <= min_votes <= MAX_MIN_VOTES:
        raise InvalidInput(message("preferences.min_votes", limit=MAX_MIN_VOTES), field="min_votes")


def require_answers(actor: User | None, run: EvaluationRun) -> None:
    """Check that a user may read the answers of a run.

    Raises:
        PermissionDeniedError: they vote blind in another run of one of its models.
    """
    if actor is not None and (denied := answers_denied_reason(actor, run)):
        raise PermissionDeniedError(denied)


def _line(pair: FoundPair) -> bytes:
    return pair_line(pair.messages, pair.preferred.text, pair.other.text, layout=PairFormat.OPENAI)


def _tokens(pairs: Sequence[FoundPair], model: str) -> int:
    return sum(
        pair_tokens(pair.messages, [pair.preferred.text, pair.other.text], model=model)
        for pair in pairs
    )


def _sources(
    project: Project, run_ids: Sequence[int], pairs: Sequence[FoundPair]
) -> list[dict[str, object]]:
    found = EvaluationRun.objects.filter(project=project, pk__in=run_ids).order_by("pk")
    return [
        {
            "run": run.pk,
            "name": run.name,
            "prompts_digest": run.prompts_digest,
            "pairs": sum(pair.comparison.run_id == run.pk for pair in pairs),
        }
        for run in found
    ]


def _rows(stored: PreferenceSet, pairs: Sequence[FoundPair]) -> list[PreferencePair]:
    return [
        PreferencePair(
            preference_set=stored,
            position=position,
            comparison=pair.comparison,
            preferred=pair.preferred,
            other=pair.other,
            votes_for=pair.votes_for,
            votes_against=pair.votes_against,
            votes_tied=pair.votes_tied,
        )
        for position, pair in enumerate(pairs, start=1)
    ]


def export_preferences(
    *, found: PreferenceSet, content: IO[bytes], layout: PairFormat, actor: User | None
) -> int:
    """Write the file of a set, record the export, and return the number of lines.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project, or votes blind in a run of
            one of the models.
        DigestMismatch: the pairs are not those that were frozen.
    """
    require_lead(actor, found.project)
    runs = EvaluationRun.objects.filter(comparisons__preferences__preference_set=found)
    for run in runs.distinct().order_by("pk"):
        require_answers(actor, run)
    # The transaction ends before the bytes are sent.
    with transaction.atomic():
        lines = write_pairs(content, found, layout)
        detail: dict[str, object] = {"format": layout.value, "lines": lines}
        _record(found, "export_preferences", actor, detail=detail)
    return lines


def _record(
    stored: PreferenceSet,
    action: str,
    actor: User | None,
    *,
    after: str = "",
    detail: dict[str, object],
) -> None:
    PreferenceEvent.objects.create(
        project=stored.project,
        preference_set=stored,
        actor=actor,
        action=action,
        after=after,
        detail=detail,
    )
