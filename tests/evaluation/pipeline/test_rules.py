"""The gates of the pipeline and what is next, each rule on facts alone."""

from dataclasses import replace

import pytest

from datasets.similarity.variety import Diversity
from datasets.versions.overlaps import FilesCount, OverlapKind
from datasets.versions.splits import TEST, TRAIN, VALIDATION
from evaluation.gates import Decision, DecisionReason, Gate, GateResult, State
from evaluation.pipeline.dataset_rules import split_overlap
from evaluation.pipeline.facts import (
    Facts,
    GateState,
    IntentCount,
    PipelineGate,
    PromotionFacts,
    RunFacts,
    RunProgress,
    SignOff,
    TrainingFacts,
    TrainingState,
    VersionFacts,
)
from evaluation.pipeline.judging import RULES, judge_pipeline
from evaluation.pipeline.next_action import next_action
from evaluation.service_reports.judging import Limits, Measurement, ServiceFigure
from evaluation.training.curves import Losses
from reviewapp.core.messages import message
from reviewapp.core.texts import render

UNIFORM, VARIED = Diversity(0.3, 0.05, 500), Diversity(0.45, 0.05, 500)
PASSED, FAILED, OPEN = GateState.PASSED, GateState.FAILED, GateState.OPEN
VERSION = VersionFacts(
    number=3,
    train=80,
    test=10,
    total=100,
    tokens=9000,
    unapproved=25,
    policies=("a", "b", "c", "d", "e"),
    uncited=("e",),
    intents=(IntentCount("returns", 50), IntentCount("refunds", 30)),
)
FLAT = tuple(Losses(step, 1.0, 1.0) for step in range(1, 21))
TRAINING = TrainingFacts(7, TrainingState.SUCCEEDED, usd=1.05, expected_usd=1.0, losses=FLAT)
RUN = RunFacts(
    number=4,
    name="night",
    progress=RunProgress.OPEN,
    decision=Decision.KEEP_VOTING,
    results=tuple(
        GateResult(gate, subject, State.PASSED, message("gates.passed"))
        for gate, subject in (
            (Gate.OVERALL_SUPERIORITY, ""),
            (Gate.NO_INTENT_REGRESSES, "returns"),
            (Gate.HYGIENE_RATERS, ""),
            (Gate.P95_LATENCY, ""),
        )
    ),
    estimate=0.7,
    lower=0.6,
    upper=0.8,
    n=80,
)
FULL = Facts(version=VERSION, training=TRAINING, model="tuned-1", run=RUN)


def judged(facts: Facts) -> dict[PipelineGate, tuple[GateState, str]]:
    return {
        gate.gate: (gate.state, gate.reason.code)
        for step in judge_pipeline(facts).steps
        for gate in step.gates
    }


def of_version(**fields: object) -> Facts:
    return replace(FULL, version=replace(VERSION, **fields))  # type: ignore[arg-type]


def on_lines(code: str) -> tuple[object, ...]:
    return (message("preflight.on_line", line=2, issue=message(f"preflight.{code}")),)


@pytest.mark.parametrize(
    ("gate", "fields", "state", "code"),
    [
        (PipelineGate.APPROVED_SHARE, {}, PASSED, "approved"),
        (PipelineGate.APPROVED_SHARE, {"unapproved": 26}, FAILED, "too_few_approved"),
        (PipelineGate.APPROVED_SHARE, {"unapproved": None}, OPEN, "not_counted"),
        (PipelineGate.POLICY_COVERAGE, {}, PASSED, "most_policies"),
        (PipelineGate.POLICY_COVERAGE, {"uncited": ()}, PASSED, "all_policies"),
        (PipelineGate.POLICY_COVERAGE, {"uncited": ("d", "e")}, FAILED, "too_few_policies"),
        (PipelineGate.POLICY_COVERAGE, {"policies": ()}, OPEN, "no_policies"),
        (PipelineGate.DIVERSITY, {}, PASSED, "diverse"),
        (PipelineGate.DIVERSITY, {"diversity": UNIFORM}, FAILED, "too_uniform"),
        (PipelineGate.DIVERSITY, {"diversity": VARIED}, PASSED, "diverse_texts"),
        (PipelineGate.DIVERSITY, {"intents": (IntentCount("", 100),)}, OPEN, "no_intents"),
        (PipelineGate.DIVERSITY, {"intents": (IntentCount("a", 51),)}, FAILED, "one_intent"),
        (PipelineGate.DIVERSITY, {"intents": (IntentCount("a", 29),)}, FAILED, "small_intents"),
        (PipelineGate.ROLES, {}, PASSED, "roles_right"),
        (PipelineGate.ROLES, {"errors": on_lines("unknown_role")}, FAILED, "roles_wrong"),
        (PipelineGate.TOKEN_BUDGET, {"errors": on_lines("unknown_role")}, PASSED, "tokens"),
        (PipelineGate.TOKEN_BUDGET, {"errors": on_lines("too_many_tokens")}, FAILED, "too_long"),
        (PipelineGate.PREFLIGHT, {}, PASSED, "preflight_clean"),
        (PipelineGate.PREFLIGHT, {"warnings": on_lines("images")}, PASSED, "preflight_warnings"),
        (PipelineGate.PREFLIGHT, {"errors": on_lines("not_json")}, FAILED, "preflight_errors"),
        (PipelineGate.SPLIT_OVERLAP, {}, PASSED, "no_shared_prompt"),
        (PipelineGate.SPLIT_OVERLAP, {"overlaps": ()}, PASSED, "no_overlap"),
        (PipelineGate.SPLIT_OVERLAP, {"test": 0}, OPEN, "no_test_file"),
    ],
)
def test_the_gates_of_a_version(
    gate: PipelineGate, fields: dict[str, object], state: GateState, code: str
) -> None:
    assert judged(of_version(**fields))[gate] == (state, f"pipeline.{code}")


@pytest.mark.parametrize("kind", [*OverlapKind])
@pytest.mark.parametrize("files", [(TRAIN, VALIDATION), (TRAIN, TEST), (VALIDATION, TEST)])
def test_a_pair_of_any_kind_between_any_two_files_fails_the_gate(
    files: tuple[str, str], kind: OverlapKind
) -> None:
    facts = of_version(overlaps=(FilesCount(*files, kind, 2),), test=0 if TEST not in files else 9)
    assert judged(facts)[PipelineGate.SPLIT_OVERLAP] == (FAILED, "pipeline.overlap")


def test_the_gate_counts_by_files_and_kind_and_only_names_two_answers_within_a_file() -> None:
    inside = FilesCount(TRAIN, TRAIN, OverlapKind.TWO_ANSWERS, 4)
    near = FilesCount(TRAIN, TEST, OverlapKind.NEAR, 1)
    equal = FilesCount(VALIDATION, TEST, OverlapKind.EQUAL, 3)
    state, reason = split_overlap(replace(VERSION, overlaps=(inside,)))
    assert state is PASSED
    assert render(reason).endswith("Within a file, 4 pairs answer one question in two ways.")
    state, reason = split_overlap(replace(VERSION, overlaps=(inside, near, equal)))
    assert state is FAILED
    assert render(reason) == (
        "4 pairs of examples are in two files: 1 near-duplicate (Train, Test) and 3 with equal "
        "questions (Validation, Test). Resolve them and freeze again."
    )


FALLING = tuple(Losses(step, 10.0 / step, 1.0) for step in range(1, 21))
OVERFIT = tuple(Losses(step, 10.0 / step, 1.0 + step / 10) for step in range(1, 21))


@pytest.mark.parametrize(
    ("gate", "fields", "state", "code"),
    [
        (PipelineGate.BUDGET_KEPT, {}, PASSED, "budget_kept"),
        (PipelineGate.BUDGET_KEPT, {"usd": 1.06}, FAILED, "too_expensive"),
        (PipelineGate.BUDGET_KEPT, {"usd": None}, OPEN, "cost_unknown"),
        (PipelineGate.BUDGET_KEPT, {"expected_usd": None}, OPEN, "no_forecast"),
        (PipelineGate.LOSS_SETTLED, {}, PASSED, "loss_settled"),
        (PipelineGate.LOSS_SETTLED, {"losses": FALLING}, FAILED, "loss_falling"),
        (PipelineGate.LOSS_SETTLED, {"losses": FLAT[:9]}, OPEN, "few_steps"),
        (PipelineGate.NO_OVERFIT, {}, PASSED, "no_alarm"),
        (PipelineGate.NO_OVERFIT, {"losses": OVERFIT}, FAILED, "overfit"),
        (PipelineGate.NO_OVERFIT, {"losses": ()}, OPEN, "no_validation_loss"),
    ],
)
def test_the_gates_of_a_training(
    gate: PipelineGate, fields: dict[str, object], state: GateState, code: str
) -> None:
    training = replace(TRAINING, **fields)  # type: ignore[arg-type]
    assert judged(replace(FULL, training=training))[gate] == (state, f"pipeline.{code}")


def test_a_training_under_way_fails_no_loss_gate_that_may_still_pass() -> None:
    training = replace(TRAINING, state=TrainingState.UNDER_WAY, losses=FALLING)
    found = judged(replace(FULL, training=training))
    assert found[PipelineGate.LOSS_SETTLED] == (OPEN, "pipeline.loss_moves")
    assert found[PipelineGate.NO_OVERFIT] == (OPEN, "pipeline.no_alarm_yet")


def with_result(gate: Gate, state: State, subject: str = "") -> Facts:
    kept = [result for result in RUN.results if result.gate is not gate]
    changed = GateResult(gate, subject, state, message("gates.changed"))
    return replace(FULL, run=replace(RUN, results=(*kept, changed)))


@pytest.mark.parametrize(
    ("gate", "of_run"),
    [
        (PipelineGate.WIN_RATE, Gate.NO_ALARM),
        (PipelineGate.INTENT_WIN_RATES, Gate.NO_CRITERION_REGRESSES),
        (PipelineGate.HYGIENE, Gate.HYGIENE_SKIPS),
        (PipelineGate.ANSWER_LIMITS, Gate.COST),
    ],
)
def test_a_gate_of_the_evaluation_is_as_good_as_the_worst_of_the_run(
    gate: PipelineGate, of_run: Gate
) -> None:
    assert judged(FULL)[gate][0] is PASSED
    assert judged(with_result(of_run, State.FAILED, "tone"))[gate][0] is FAILED
    assert judged(with_result(of_run, State.INSUFFICIENT, "tone"))[gate][0] is OPEN


def test_the_sampling_error_is_small_enough_when_it_decides_the_overall_gate() -> None:
    gate = PipelineGate.SAMPLING_ERROR
    assert judged(FULL)[gate] == (PASSED, "pipeline.narrow_enough")
    undecided = with_result(Gate.OVERALL_SUPERIORITY, State.INSUFFICIENT)
    assert judged(undecided)[gate] == (OPEN, "pipeline.too_wide")
    failed = with_result(Gate.OVERALL_SUPERIORITY, State.FAILED)
    assert judged(failed)[gate] == (PASSED, "pipeline.narrow_enough")


def test_a_hidden_run_tells_nothing_about_its_votes() -> None:
    hidden = [
        replace(FULL, run=replace(RUN, is_hidden=True, decision=decision, progress=progress))
        for decision in (None, Decision.PROMOTE, Decision.REJECT, Decision.INVALID)
        for progress in (RunProgress.OPEN,)
    ]
    assert len({repr(judge_pipeline(facts)) for facts in hidden}) == 1
    assert next_action(hidden[0]).code == "you_vote"


@pytest.mark.parametrize(
    ("promotion", "state", "code", "following"),
    [
        (PromotionFacts(), OPEN, "no_sign_off", "keep_voting"),
        (PromotionFacts(serves_as=("canary",)), OPEN, "serves_elsewhere", "keep_voting"),
        (PromotionFacts(SignOff.PENDING, 1), OPEN, "sign_off_pending", "sign"),
        (PromotionFacts(SignOff.DECLINED, 1), FAILED, "sign_off_declined", "keep_voting"),
        (PromotionFacts(SignOff.EFFECTIVE, 1, ("production",)), PASSED, "serves", "serves"),
        (PromotionFacts(SignOff.EFFECTIVE, 1), PASSED, "served_before", "replaced"),
    ],
)
def test_sign_off_and_what_follows(
    promotion: PromotionFacts, state: GateState, code: str, following: str
) -> None:
    facts = replace(FULL, promotion=promotion)
    assert judged(facts)[PipelineGate.SIGN_OFF] == (state, f"pipeline.{code}")
    assert next_action(facts).code == following


RUNNING = replace(TRAINING, state=TrainingState.UNDER_WAY)
ENDED = replace(TRAINING, state=TrainingState.ENDED_WITHOUT_MODEL)


@pytest.mark.parametrize(
    ("facts", "code", "step"),
    [
        (Facts(version=VERSION), "train", "format"),
        (Facts(version=replace(VERSION, errors=(message("x"),))), "repair", "format"),
        (Facts(version=VERSION, training=RUNNING), "wait", "train"),
        (Facts(version=VERSION, training=TRAINING), "registering", "train"),
        (Facts(version=VERSION, training=ENDED), "train_again", "train"),
        (Facts(model="x"), "compare_first", "evaluate"),
        (Facts(model="x", has_baseline=True), "compare", "evaluate"),
        (replace(FULL, run=replace(RUN, progress=RunProgress.SET_UP)), "open_run", "evaluate"),
        (replace(FULL, run=replace(RUN, progress=RunProgress.CLOSED)), "undecided", "evaluate"),
        (replace(FULL, run=replace(RUN, decision=Decision.REJECT)), "rejected", "evaluate"),
        (
            replace(
                FULL,
                run=replace(
                    RUN,
                    decision=Decision.REJECT,
                    decision_reason=DecisionReason.CANNOT_BE_SHOWN,
                ),
            ),
            "not_shown",
            "evaluate",
        ),
        (replace(FULL, run=replace(RUN, decision=Decision.INVALID)), "invalid", "evaluate"),
        (replace(FULL, run=replace(RUN, decision=Decision.PROMOTE)), "promote", "deploy"),
    ],
)
def test_what_is_next(facts: Facts, code: str, step: str) -> None:
    found = next_action(facts)
    assert (found.code, found.step) == (code, step)


def test_every_gate_has_one_rule_in_the_order_of_the_page() -> None:
    assert [rule.gate for rule in RULES] == list(PipelineGate)


def test_figures_of_answers_are_judged_by_the_limits_of_the_project() -> None:
    limits = Limits(max_p95_ms=900, max_refusal_share=0.1)
    found = {ServiceFigure.P95: Measurement(901.0, 80), ServiceFigure.REFUSALS: Measurement(0, 80)}
    known = replace(FULL, figures=found, limits=limits)
    states = {gate: state for gate, (state, _code) in judged(known).items()}
    assert states[PipelineGate.SERVING_P95] is FAILED
    assert states[PipelineGate.REFUSED_IN_SERVICE] is PASSED
    assert states[PipelineGate.SERVING_COST] is states[PipelineGate.SERVING_CSAT] is OPEN
    hidden = judged(replace(known, run=replace(RUN, is_hidden=True)))
    assert hidden[PipelineGate.SERVING_P95] == (OPEN, "pipeline.run_hidden")
