"""A run whose answers exist already: comparisons, models and answers out of a file's rows."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from datasets.conversations.errors import RowError
from evaluation.gates import GateSettings, too_small_intents
from evaluation.providers import kinds
from evaluation.registry.models import ModelEvent, ModelVersion
from evaluation.runs.actions.answer_positions import overlap_of, positions_of
from evaluation.runs.actions.answer_scan import (
    AnswerScan,
    MarkChoice,
    Rows,
    RowSpool,
    accepted_rows,
    digest_of,
    no_accepted_rows_reason,
    scan_rows,
)
from evaluation.runs.actions.answer_store import store_rows
from evaluation.runs.actions.criteria import store_criteria
from evaluation.runs.actions.identical import close_identical
from evaluation.runs.actions.run_setup import record
from evaluation.runs.criteria import CriterionTerms, criterion_lines
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Answer, EvaluationRun, Rater, RunIntent
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.prompts import prompt_hash, prompts_digest
from evaluation.runs.repeats import run_number
from evaluation.runs.serving_order import SEED_BITS
from evaluation.runs.terms import MAX_VOTES_PER_EXAMPLE
from evaluation.runs.titles import leaked_model_name
from reviewapp.core.commands import count_of
from reviewapp.core.errors import InvalidInput
from reviewapp.core.lengths import check_max_lengths
from reviewapp.core.messages import message
from reviewapp.people.models import Project, Role, User
from reviewapp.people.permissions import require_lead


@dataclass(frozen=True)
class Overlap:
    """The overlap set: drawn by the run's seed, or named where it was drawn elsewhere.

    Attributes:
        percent: share of the examples, 0 to 100.
        votes: votes that each of them needs.
        keys: their ids; None to draw them.
    """

    percent: int = 0
    votes: int = 3
    keys: frozenset[str] | None = None


StoredCallback = Callable[[int, int], None]
"""Called with the number of rows that are stored, and of all that will be."""
NO_OVERLAP = Overlap()
_NAMELESS = {
    "run": gettext_lazy("The run needs a name."),
    "baseline": gettext_lazy("The baseline needs a name."),
    "candidate": gettext_lazy("The candidate needs a name."),
}


@dataclass(frozen=True)
class AnswerImport:
    """How to import a file of answers.

    Attributes:
        run: name of the run, new in the project or made from the same file before.
        baseline, candidate: names of the models; missing ones are registered as imported.
        votes_per_example: votes that close an example; None for an unordered run, whose examples
            close with all the votes that are imported for them.
        must_match_votes: whether a run of that name that exists must ask for as many votes.
        gates: what the run must show; `criteria` sets the thresholds of the criteria.
        criteria: what is asked after the overall choice.
        run_number: which run of this pair on these prompts it was where it was exported.
        overlap: which examples more people vote on, so that agreement can be measured.
        order_seed: of the served order; drawn if None.
        title: what reviewers see instead of the name, which may tell the models.
        marks: what becomes of reasoning and template marks in answers that people will vote on;
            None rejects a file that has some, so that a person decides.
        is_demo: the run belongs to the demo and is marked as such.
    """

    run: str
    baseline: str
    candidate: str
    votes_per_example: int | None = 1
    must_match_votes: bool = False
    gates: GateSettings = field(default_factory=GateSettings)
    criteria: tuple[CriterionTerms, ...] = ()
    run_number: int = 1
    overlap: Overlap = NO_OVERLAP
    order_seed: int | None = None
    title: str = ""
    marks: MarkChoice | None = None
    is_demo: bool = False


@dataclass
class AnswerImportReport:
    """The result of an import: `read` is the sum of created, unchanged and rejected."""

    run: EvaluationRun
    created: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    withdrawn: int = 0
    # Answers without a visible character; reviewers vote on them unchanged.
    blank: int = 0
    watched: list[str] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """The number of rejected rows."""
        return len(self.errors)

    @property
    def read(self) -> int:
        """The number of all rows."""
        return self.created + self.unchanged + self.rejected


@transaction.atomic
def import_answers(
    *,
    project: Project,
    plan: AnswerImport,
    rows: Rows,
    actor: User | None = None,
    on_stored: StoredCallback | None = None,
) -> AnswerImportReport:
    """Create a run from existing answers, open for votes; the same file again changes nothing.

    Rows wait in a temporary file until all of them are read, so that memory does not grow with
    their texts. An intent with too few examples ever to pass its gate is watched instead of gated,
    and reported. A comparison with an answer that failed is withdrawn. Reviewers of the project may
    vote, except in an unordered run.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: names that clash, a number of votes out of range, a served order with gaps,
            or no usable row.
    """
    require_lead(actor, project)
    check_plan(plan)
    existing = EvaluationRun.objects.filter(project=project, name=plan.run).first()
    if existing is not None:
        return _compare(existing, plan, scan_rows(rows()))
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


def check_plan(plan: AnswerImport) -> None:
    """Check names and numbers of votes.

    Raises:
        InvalidInput: names are missing, clash or tell too much, or a number is out of range.
    """
    if plan.candidate == plan.baseline:
        raise InvalidInput(
            gettext("Baseline and candidate have the same name. Give each its own."),
            field="candidate",
        )
    for field_name in ("run", "baseline", "candidate"):
        if not getattr(plan, field_name).strip():
            raise InvalidInput(str(_NAMELESS[field_name]), field=field_name)
    if word := leaked_model_name(plan.title, [plan.baseline, plan.candidate]):
        raise InvalidInput(
            gettext("Reviewers see the title, and “%(word)s” tells too much. Choose another.")
            % {"word": word},
            field="title",
        )
    check_max_lengths(EvaluationRun, name=plan.run, title=plan.title)
    check_max_lengths(ModelVersion, name=plan.baseline)
    check_max_lengths(ModelVersion, name=plan.candidate)
    votes = plan.votes_per_example
    if votes is not None and not 1 <= votes <= MAX_VOTES_PER_EXAMPLE:
        raise InvalidInput(
            gettext("Each example needs 1 to %(limit)s votes.") % {"limit": MAX_VOTES_PER_EXAMPLE},
            field="votes_per_example",
        )
    if (
        votes is not None
        and plan.overlap.percent
        and not votes <= plan.overlap.votes <= MAX_VOTES_PER_EXAMPLE
    ):
        raise InvalidInput(
            "An example of the overlap set needs at least as many votes "  # not translated: CLI
            f"as every other, and at most {MAX_VOTES_PER_EXAMPLE}."
        )


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
        run, unchanged=scan.repeated, errors=scan.errors, watched=watched, blank=scan.blank
    )
    _store_rows(report, plan, scan, _create_intents(run, scan, gates), on_stored)
    if not run.all_votes:
        _create_reviewers(run)
        close_identical(run)
    run.gate_settings = gates.for_run(max(run_number(run), plan.run_number)).as_json()
    run.save(update_fields=["gate_settings"])
    _record_import(report, actor)
    return report


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
        opened_at=timezone.now(),
        **_plan_columns(plan),
    )
    store_criteria(run, plan.criteria)
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
    overlap = overlap_of(report.run, positions, named=plan.overlap.keys, needed=scan.votes_needed)
    taken = accepted_rows(scan, is_cleaned=plan.marks is MarkChoice.REMOVE)
    while batch := list(islice(taken, ROWS_AT_ONCE)):
        report.withdrawn += store_rows(report.run, batch, positions, intents, overlap)
        report.created += len(batch)
        if on_stored is not None:
            on_stored(report.created, len(scan.hashes))


def _plan_columns(plan: AnswerImport) -> dict[str, object]:
    """Return the columns of the run that the plan gives."""
    votes = plan.votes_per_example or 1
    has_overlap = plan.overlap.percent > 0 and plan.votes_per_example is not None
    return {
        "name": plan.run,
        "title": plan.title,
        "is_demo": plan.is_demo,
        "votes_per_example": votes,
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


def _compare(run: EvaluationRun, plan: AnswerImport, scan: AnswerScan) -> AnswerImportReport:
    """Compare the file with the run of that name: equal rows are unchanged, others rejected."""
    if (run.baseline.name, run.candidate.name) != (plan.baseline, plan.candidate):
        raise InvalidInput(
            f"There is a run “{run.name}” already, "  # not translated: CLI
            f"and it compares {run.candidate} with {run.baseline}. Choose another name."
        )
    asked = None if run.all_votes else run.votes_per_example
    if plan.must_match_votes and plan.votes_per_example != asked:
        raise InvalidInput(
            f"There is a run “{run.name}” already, "  # not translated: CLI
            "and its examples close with "
            f"{'all their votes' if asked is None else count_of(asked, 'vote')}, for good. Leave "
            "out --votes-per-example, or choose another name."
        )
    stored = dict(_stored_digests(run))
    report = AnswerImportReport(run, unchanged=scan.repeated, errors=scan.errors)
    for key, digest in scan.hashes.items():
        if stored.get(key) == digest:
            report.unchanged += 1
            continue
        differs = "other_content" if key in stored else "not_in_run"
        reason = message(f"runs.run_is_fixed.{differs}", id=key, run=run.name)
        report.errors.append(RowError(scan.lines[key], reason))
    report.errors.sort(key=lambda error: error.line)
    return report


def _stored_digests(run: EvaluationRun) -> Iterator[tuple[str, str]]:
    original = NullIf("original_text", Value("", output_field=TextField()))
    given = Coalesce(original, "text", output_field=TextField())
    answers = Answer.objects.filter(comparison=OuterRef("pk")).annotate(given=given)
    stored = run.comparisons.annotate(
        baseline=Subquery(answers.filter(model_version=run.baseline_id).values("given")),
        candidate=Subquery(answers.filter(model_version=run.candidate_id).values("given")),
    ).values_list("external_id", "prompt", "intent_name", "baseline", "candidate")
    for key, prompt, intent, *texts in stored.iterator(chunk_size=ROWS_AT_ONCE):
        yield key, digest_of(prompt_hash(prompt), intent, [text or "" for text in texts])
