"""Set-up of a run: its prompts in served order, its intents, its terms."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from evaluation.gates import GateSettings
from evaluation.providers import kinds
from evaluation.registry.models import ModelVersion
from evaluation.runs.actions.criteria import criteria_of, store_criteria
from evaluation.runs.actions.retired_splits import retired_split_error
from evaluation.runs.actions.trained_prompts import store_trained_matches
from evaluation.runs.file_answers import answered_prompts
from evaluation.runs.lifecycle import RunAction, RunState, next_run_state
from evaluation.runs.models import Comparison, EvaluationRun, Rater, RunEvent, RunIntent
from evaluation.runs.prompt_sets import ROWS_AT_ONCE, Leak, leaks
from evaluation.runs.prompts import Prompt, PromptSet, prompt_hash, prompts_digest
from evaluation.runs.reading import reading_language_of
from evaluation.runs.run_names import run_name_of_models
from evaluation.runs.serving_order import SEED_BITS, served_order
from evaluation.runs.terms import IntentTerms, RunPlan, RunTerms, gate_settings, grouped_intents
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message, sentences
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, permissions_of, require_lead

MAX_NAMED_LEAKS = 5


@transaction.atomic
def create_run(
    *, project: Project, plan: RunPlan, prompts: PromptSet, actor: User | None
) -> EvaluationRun:
    """Set up a run in state draft: comparisons in served order, intents, raters, terms.

    Without a name, it is made of the names of the models.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a name that is taken, models that cannot be asked and have no answers to the
            prompts, inconsistent terms, a retired test split, no prompts, or prompts that the
            candidate was trained on (named in the message).
    """
    require_lead(actor, project)
    _check_plan(project, plan)
    if retired := retired_split_error(prompts.dataset_version_id, prompts.split):
        raise InvalidInput(retired, field="prompts")
    candidate, baseline = _models(project, plan)
    if not plan.name:
        name = run_name_of_models(project.pk, candidate.name, baseline.name)
        plan = replace(plan, name=name)
    found = leaks(candidate, prompts.prompts)
    unlearned = _exclude_leaks(prompts.prompts, found, plan)
    kept = answered_prompts((candidate, baseline), unlearned)
    run = EvaluationRun.objects.create(
        project=project,
        candidate=candidate,
        baseline=baseline,
        prompts_digest=prompts_digest(prompt_hash(prompt.messages) for prompt in kept),
        created_by=actor,
        **_prompt_set_columns(prompts),
        **_plan_columns(plan),
    )
    rows = grouped_intents(plan.terms.intents, {prompt.intent for prompt in kept})
    intents = store_intents(run, rows, plan.terms)
    by_name = {own: intents[row.name] for own, row in rows.items()}
    positions = _create_comparisons(run, kept, by_name)
    matched = store_trained_matches(run, lambda: kept, positions)
    store_criteria(run, plan.terms.criteria)
    store_raters(run, plan.terms.rater_ids)
    record(
        run,
        "create_run",
        actor,
        after=RunState.DRAFT,
        detail=_prompts_detail(prompts, unlearned, found)
        | {"prompts": len(kept), "without_answer": len(unlearned) - len(kept)}
        | {"like_training_data": matched},
    )
    return run


def _prompts_detail(
    prompts: PromptSet, kept: Sequence[Prompt], found: Sequence[Leak]
) -> dict[str, object]:
    return {
        "prompts": len(kept),
        "left_out": len(prompts.prompts) - len(kept),
        "same_first_message": [leak.shown for leak in found if not leak.is_same_prompt],
        "rejected": prompts.left_out,
    }


@transaction.atomic
def change_terms(*, run_id: int, terms: RunTerms, actor: User | None) -> EvaluationRun:
    """Change the terms of a run before it opens: gates, votes, intents, raters.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: the run is open or closed.
        InvalidInput: the terms are inconsistent.
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    next_run_state(RunState(run.state), RunAction.CHANGE_TERMS)
    if errors := terms.validation_errors():
        raise InvalidInput(sentences(errors))
    own = set(run.comparisons.values_list("intent_name", flat=True).order_by().distinct())
    rows = grouped_intents(terms.intents, own)
    intents = store_intents(run, rows, terms)
    for intent in intents.values():
        run.comparisons.filter(intent_name__in=intent.members).update(intent=intent)
    run.intents.exclude(pk__in=[intent.pk for intent in intents.values()]).delete()
    columns = terms_columns(terms)
    for name, value in columns.items():
        setattr(run, name, value)
    run.save(update_fields=list(columns))
    store_criteria(run, terms.criteria)
    store_raters(run, terms.rater_ids)
    record(run, RunAction.CHANGE_TERMS, actor, detail=run.gate_settings)
    return run


@transaction.atomic
def set_raters(*, run_id: int, rater_ids: Sequence[int], actor: User | None) -> EvaluationRun:
    """Replace the reviewers of a run, until its first comparison is served.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: one of them may not vote in this project, or voting has begun.
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    if run.comparisons.filter(first_served_at__isnull=False).exists() or run.votes.exists():
        raise InvalidInput(
            gettext(
                "Voting has begun. Reviewers can only be added, on the run's page under Raters."
            )
        )
    store_raters(run, rater_ids)
    record(run, "set_raters", actor, detail={"raters": len(rater_ids)})
    return run


def lock_run(run_id: int) -> EvaluationRun:
    """Lock a run for the rest of the transaction."""
    return (
        EvaluationRun.objects.select_for_update(of=("self",))
        .select_related("project")
        .get(pk=run_id)
    )


def record(
    run: EvaluationRun,
    action: str,
    actor: User | None,
    *,
    after: str = "",
    reason: str = "",
    detail: Mapping[str, object] | None = None,
) -> RunEvent:
    """Store an event of a run; if `after` is given, `before` is its current state."""
    return RunEvent.objects.create(
        project=run.project,
        run=run,
        actor=actor,
        action=str(action),
        before=run.state if after else "",
        after=str(after),
        reason=reason,
        detail=detail or {},
    )


def current_terms(run: EvaluationRun) -> RunTerms:
    """Return the current terms, to show them or to change them."""
    settings = GateSettings.from_json(run.gate_settings)
    rows = tuple(
        IntentTerms(
            row.name,
            tuple(row.members),
            gated=row.name not in settings.watch_only,
            threshold=settings.intent_thresholds.get(row.name),
        )
        for row in run.intents.all()
    )
    return RunTerms(
        gates=settings,
        votes_per_example=run.votes_per_example,
        overlap_percent=run.overlap_percent,
        overlap_votes=run.overlap_votes,
        gold_percent=run.gold_percent,
        training_examples=run.training_examples,
        intents=rows,
        criteria=criteria_of(run),
        rater_ids=tuple(run.raters.filter(user__isnull=False).values_list("user_id", flat=True)),
        title=run.title,
    )


def _check_plan(project: Project, plan: RunPlan) -> None:
    if errors := plan.terms.validation_errors():
        raise InvalidInput(sentences(errors))
    if EvaluationRun.objects.filter(project=project, name=plan.name).exists():
        raise InvalidInput(
            gettext("There is a run “%(name)s” already. Choose another name.") % {"name": plan.name}
        )


def _models(project: Project, plan: RunPlan) -> tuple[ModelVersion, ModelVersion]:
    """Return candidate and baseline: models that can be asked, or whose answers are here."""
    if plan.candidate_id == plan.baseline_id:
        raise InvalidInput(gettext("Candidate and baseline are the same model. Choose two."))
    known = ModelVersion.objects.filter(project=project).in_bulk(
        [plan.candidate_id, plan.baseline_id]
    )
    if len(known) != len({plan.candidate_id, plan.baseline_id}):
        raise InvalidInput(gettext("One of the models is not registered in this project."))
    for model in known.values():
        if model.provider == kinds.UNSERVED:
            raise InvalidInput(kinds.not_askable(model.provider, model.name))
    return known[plan.candidate_id], known[plan.baseline_id]


def _exclude_leaks(prompts: Sequence[Prompt], found: Sequence[Leak], plan: RunPlan) -> list[Prompt]:
    learned = {leak.key: leak for leak in found if leak.is_same_prompt}
    if learned and not plan.exclude_leaked:
        shown = [leak.shown for leak in list(learned.values())[:MAX_NAMED_LEAKS]]
        raise InvalidInput(message("runs.leaked_prompts", n=len(learned), prompts=shown))
    kept = [prompt for prompt in prompts if prompt.key not in learned]
    if not kept:
        raise InvalidInput(gettext("There are no prompts. Choose a split or a file with prompts."))
    return kept


def _prompt_set_columns(prompts: PromptSet) -> dict[str, object]:
    return {
        "dataset_version_id": prompts.dataset_version_id,
        "split": prompts.split,
        "prompt_file": prompts.file_name,
    }


def _plan_columns(plan: RunPlan) -> dict[str, object]:
    seed = secrets.randbits(SEED_BITS) if plan.order_seed is None else plan.order_seed
    return {
        "name": plan.name,
        "sampling": plan.sampling.as_json(),
        "order_seed": seed,
        "is_demo": plan.is_demo,
        **terms_columns(plan.terms),
    }


def terms_columns(terms: RunTerms) -> dict[str, object]:
    """Return the columns of a run that its terms give."""
    return {
        "title": terms.title,
        "votes_per_example": terms.votes_per_example,
        "overlap_percent": terms.overlap_percent,
        "overlap_votes": terms.overlap_votes,
        "gold_percent": terms.gold_percent,
        "training_examples": terms.training_examples,
    }


def store_intents(
    run: EvaluationRun, rows: Mapping[str, IntentTerms], terms: RunTerms
) -> dict[str, RunIntent]:
    """Store the rows of the win rates and the settings that name them; return the rows by name."""
    by_name = {row.name: row for row in rows.values()}
    settings = gate_settings(terms.gates, by_name.values(), terms.criteria)
    run.gate_settings = settings.as_json()
    run.save(update_fields=["gate_settings"])
    stored = {}
    for name, row in sorted(by_name.items()):
        threshold = settings.threshold_of(name)
        stored[name], _ = RunIntent.objects.update_or_create(
            run=run,
            name=name,
            defaults={
                "members": list(row.members),
                "gated": threshold is not None,
                "threshold": row.threshold if row.gated else None,
            },
        )
    return stored


def _create_comparisons(
    run: EvaluationRun, prompts: Sequence[Prompt], intents: Mapping[str, RunIntent]
) -> dict[str, int]:
    """Store the comparisons of prompts; return their positions by the keys of the prompts."""
    by_key = {prompt.key: prompt for prompt in prompts}
    order = served_order(by_key, seed=run.order_seed)
    positions = {key: position for position, key in enumerate(order, start=1)}
    rows = (
        comparison_of(run, by_key[key], position, intents[by_key[key].intent])
        for key, position in positions.items()
    )
    Comparison.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    return positions


def comparison_of(
    run: EvaluationRun, prompt: Prompt, position: int, intent: RunIntent
) -> Comparison:
    """Return the unsaved comparison of a prompt at its position in the served order."""
    return Comparison(**comparison_values(run, prompt, position, intent))


def comparison_values(
    run: EvaluationRun, prompt: Prompt, position: int, intent: RunIntent
) -> dict[str, Any]:
    """Return the columns of the comparison of a prompt at its position in the served order."""
    # A run for imported votes serves nothing.
    read = "" if run.all_votes else reading_language_of(prompt, run.project.languages)
    return {
        "run_id": run.pk,
        "position": position,
        "intent_id": intent.pk,
        "intent_name": prompt.intent,
        "revision_id": prompt.revision_id,
        "external_id": prompt.external_id,
        "prompt": list(prompt.messages),
        "language": prompt.language,
        "reading_language": read,
        "tags": list(prompt.tags),
        "policies": list(prompt.policies),
        "votes_needed": run.votes_per_example,
    }


def store_raters(run: EvaluationRun, rater_ids: Sequence[int]) -> None:
    """Replace the reviewers of a run that is being set up."""
    users = User.objects.in_bulk(set(rater_ids))
    if run.has_answers and run.created_by_id in users:
        raise InvalidInput(
            gettext("%(name)s brought these answers and knows whose they are. Leave them out.")
            % {"name": users[run.created_by_id]}
        )
    for user in users.values():
        if Permission.VOTE not in permissions_of(user, run.project):
            raise InvalidInput(
                gettext("%(name)s may not vote in %(project)s. Add the role of a reviewer first.")
                % {"name": user, "project": run.project}
            )
    run.raters.filter(user__isnull=False).exclude(user__in=users).delete()
    existing = set(run.raters.filter(user__isnull=False).values_list("user_id", flat=True))
    for user_id in sorted(users.keys() - existing):
        create_rater(run, users[user_id])


def create_rater(run: EvaluationRun, person: User, *, added_at: datetime | None = None) -> Rater:
    """Create the rater of a user under their name, or their email if the name is taken."""
    is_taken = run.raters.filter(name=str(person)).exists()
    name = person.email if is_taken else str(person)
    return Rater.objects.create(run=run, user=person, name=name, added_at=added_at)
