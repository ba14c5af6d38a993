"""A run whose answers exist already: comparisons, models and answers out of a file's rows."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from evaluation.gates import GateSettings, too_small_intents
from evaluation.providers import kinds
from evaluation.registry.models import ModelEvent, ModelVersion
from evaluation.runs.actions.answer_compare import compare_rows
from evaluation.runs.actions.answer_plan import (
    AnswerImport,
    AnswerImportReport,
    StoredCallback,
    TrainedChoice,
    check_plan,
)
from evaluation.runs.actions.answer_positions import overlap_of, positions_of
from evaluation.runs.actions.answer_scan import (
    AnswerScan,
    MarkChoice,
    Rows,
    RowSpool,
    accepted_rows,
    no_accepted_rows_reason,
    scan_rows,
)
from evaluation.runs.actions.answer_store import store_rows
from evaluation.runs.actions.criteria import store_criteria
from evaluation.runs.actions.identical import close_identical
from evaluation.runs.actions.run_setup import record
from evaluation.runs.actions.runs import draw_gold_checks
from evaluation.runs.actions.trained_prompts import store_trained_matches
from evaluation.runs.actions.training_data import keep_matched, withdraw_matched
from evaluation.runs.criteria import criterion_lines
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun, Rater, RunIntent
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.prompts import prompts_digest
from evaluation.runs.repeats import run_number
from evaluation.runs.serving_order import SEED_BITS
from evaluation.runs.trained_matches import matched_prompts
from reviewapp.core.commands import count_of
from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import Project, Role, User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def import_answers(
    *,
    project: Project,
    plan: AnswerImport,
    rows: Rows,
    actor: User | None = None,
    on_stored: StoredCallback | None = None,
) -> AnswerImportReport:
    """Create a run from existing answers; the same file again changes nothing.

    Rows wait in a temporary file until all of them are read, so that memory does not grow with
    their texts. An intent with too few examples ever to pass its gate is watched instead of gated,
    and reported. A comparison with an answer that failed is withdrawn. Reviewers of the project may
    vote, except in an unordered run.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: names that clash, a number of votes out of range, a served order with gaps,
            no usable row.
    """
    require_lead(actor, project)
    check_plan(plan)
    existing = EvaluationRun.objects.filter(project=project, name=plan.run).first()
    if existing is not None:
        return compare_rows(existing, plan, scan_rows(rows()))
    with RowSpool() as spool:
        scan = scan_rows(rows(), spool=spool)
        _check_accepted(scan, plan)
        return _create(project, plan, scan, actor, on_stored)


def _check_accepted(scan: AnswerScan, plan: AnswerImport) -> None:
    if not scan.hashes:
        raise InvalidInput(no_accepted_rows_reason(scan.errors))
    if scan.marked and plan.marks is None and plan.votes_per_example is not None:
        raise InvalidInput(
            "Reasoning or marks of a chat template are in "  # not translated: CLI
            f"{count_of(scan.marked, 'answer')} of the file, and reviewers may tell a model by "
            "them. Add --marks remove to take them off (originals are kept), or --marks keep."
        )
    if plan.votes_per_example is not None and scan.served_order_error:
        raise InvalidInput(scan.served_order_error)


def _create(
    project: Project,
    plan: AnswerImport,
    scan: AnswerScan,
    actor: User | None,
    on_stored: StoredCallback | None,
) -> AnswerImportReport:
    watched = [
        small.subject
        for small in too_small_intents(plan.gates, dict(scan.intents))
        if small.subject
    ]
    gates = replace(
        plan.gates.watching(*watched),
        criterion_thresholds=criterion_lines(plan.criteria, plan.gates.t_intent),
    )
    run = _create_run(project, plan, scan, gates, actor)
    report = AnswerImportReport(
        run,
        unchanged=scan.repeated,
        errors=scan.errors,
        watched=watched,
        cut=scan.cut,
        blank=scan.blank,
        unread=dict(scan.unread),
    )
    _store_rows(report, plan, scan, _create_intents(run, scan, gates), on_stored)
    if plan.opens:
        _decide_matched(report, plan, actor)
    if not run.all_votes:
        _create_reviewers(run)
    if plan.opens:
        _open(run, gates, plan)
    _record_import(report, actor)
    return report


def _open(run: EvaluationRun, gates: GateSettings, plan: AnswerImport) -> None:
    """Do what `open_voting` does for a run that is set up on its page."""
    if not run.all_votes:
        close_identical(run)
        draw_gold_checks(run)
    run.gate_settings = gates.for_run(max(run_number(run), plan.run_number)).as_json()
    run.save(update_fields=["gate_settings"])


def _create_run(
    project: Project, plan: AnswerImport, scan: AnswerScan, gates: GateSettings, actor: User | None
) -> EvaluationRun:
    run = EvaluationRun.objects.create(
        project=project,
        baseline=_imported_model(project, plan.baseline, actor),
        candidate=_imported_model(project, plan.candidate, actor),
        origin=EvaluationRun.Origin.IMPORTED,
        prompts_digest=prompts_digest(scan.prompt_hashes),
        gate_settings=gates.as_json(),
        order_from_file=bool(scan.served) and plan.votes_per_example is not None,
        # Its terms can change until they are stored.
        state=RunState.DRAFT,
        created_by=actor,
        opened_at=timezone.now() if plan.opens else None,
        **_plan_columns(plan),
    )
    store_criteria(run, plan.criteria)
    if plan.opens:
        run.state = RunState.VOTING
        run.save(update_fields=["state"])
    return run


def _store_rows(
    report: AnswerImportReport,
    plan: AnswerImport,
    scan: AnswerScan,
    intents: Mapping[str, RunIntent],
    on_stored: StoredCallback | None,
) -> None:
    positions = positions_of(report.run, scan)
    # The overlap set of a draft is drawn when it opens, unless the file names it.
    named = plan.overlap.keys if plan.opens or scan.votes_needed else frozenset()
    overlap = overlap_of(report.run, positions, named=named, needed=scan.votes_needed)
    taken = accepted_rows(scan, is_cleaned=plan.marks is MarkChoice.REMOVE)
    while batch := list(islice(taken, ROWS_AT_ONCE)):
        report.withdrawn += store_rows(report.run, batch, positions, intents, overlap)
        report.created += len(batch)
        if on_stored is not None:
            on_stored(report.created, len(scan.hashes))
    given = (row.prompt for row in accepted_rows(scan, is_cleaned=False))
    report.like_training_data = store_trained_matches(report.run, lambda: given, positions)


def _decide_matched(report: AnswerImportReport, plan: AnswerImport, actor: User | None) -> None:
    """Do with prompts that are like training data what the plan says, before people vote."""
    found = matched_prompts(report.run)
    if not found:
        return
    if plan.like_training_data is TrainedChoice.WITHDRAW:
        withdraw_matched(report.run, actor)
    else:
        keep_matched(report.run, found, actor)


def _plan_columns(plan: AnswerImport) -> dict[str, object]:
    """Return the columns of the run that the plan gives."""
    votes = plan.votes_per_example or 1
    has_overlap = plan.overlap.percent > 0 and plan.votes_per_example is not None
    return {
        "name": plan.run,
        "title": plan.title,
        "is_demo": plan.is_demo,
        "votes_per_example": votes,
        "gold_percent": plan.gold_percent,
        "overlap_percent": plan.overlap.percent if has_overlap else 0,
        "overlap_votes": plan.overlap.votes if has_overlap else votes,
        "all_votes": plan.votes_per_example is None,
        "order_seed": (secrets.randbits(SEED_BITS) if plan.order_seed is None else plan.order_seed),
    }


def _create_intents(
    run: EvaluationRun, scan: AnswerScan, gates: GateSettings
) -> dict[str, RunIntent]:
    """Create an intent for each name in the file; those too small to gate are watched."""
    return {
        name: RunIntent.objects.create(
            run=run, name=name, members=[name], gated=gates.threshold_of(name) is not None
        )
        for name in sorted(scan.intents)
    }


def _record_import(report: AnswerImportReport, actor: User | None) -> None:
    detail = {
        "comparisons": report.created,
        "watched": report.watched,
        "withdrawn": report.withdrawn,
        "like_training_data": report.like_training_data,
    }
    record(report.run, "import_answers", actor, detail=detail)


def _imported_model(project: Project, name: str, actor: User | None) -> ModelVersion:
    model, created = ModelVersion.objects.get_or_create(
        project=project,
        name=name,
        defaults={"provider": kinds.IMPORTED, "created_by": actor},
    )
    if created:
        ModelEvent.objects.create(
            project=project, model_version=model, actor=actor, action="register_model", after=name
        )
    return model


def reviewers_of(project: Project) -> QuerySet[User]:
    """Return the users who become reviewers of a run of this project."""
    people = User.objects.filter(
        memberships__project=project, memberships__role=Role.REVIEWER, is_active=True
    )
    return people.order_by("pk")


def _create_reviewers(run: EvaluationRun) -> None:
    """Create a rater for every reviewer of the project; leads are left out: they read figures.

    So is the person who brought the file: they know which answer is of which model.
    """
    taken: set[str] = set()
    for person in reviewers_of(run.project):
        if person.pk == run.created_by_id:
            continue
        name = str(person) if str(person) not in taken else person.email
        taken.add(name)
        Rater.objects.create(run=run, user=person, name=name)
