"""The life of a run: set up, grouped, opened, paused, thinned out, closed, revealed."""

from collections import Counter
from typing import Any

import pytest
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from evaluation.gates import GateSettings
from evaluation.providers import kinds
from evaluation.registry.models import ModelVersion
from evaluation.results.actions import closing
from evaluation.runs.actions import generation, run_setup, runs
from evaluation.runs.errors import RunCannotOpen
from evaluation.runs.lifecycle import RunState, run_actions_in
from evaluation.runs.models import Answer, EvaluationRun, RunEvent
from evaluation.runs.serving_order import overlap_set, served_order
from evaluation.runs.terms import IntentTerms, RunTerms
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.core.messages import message
from reviewapp.people.models import Project, Role
from tests.factories.people import make_member, make_project
from tests.factories.runs import (
    make_generating_run,
    make_model_version,
    make_prompts,
    make_run,
    make_voting_run,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def answer_all(run: EvaluationRun, **columns: Any) -> None:
    text = Cast("model_version", TextField())  # The answers of the two models differ.
    done = {"state": Answer.State.DONE, "text": text, "finished_at": timezone.now()}
    run.answers.update(**done | columns)


def terms(run: EvaluationRun, **changed: Any) -> RunTerms:
    now = run_setup.current_terms(run)
    return RunTerms(**{name: getattr(now, name) for name in now.__dataclass_fields__} | changed)


def actions(run: EvaluationRun) -> list[str]:
    return list(RunEvent.objects.filter(run=run).order_by("pk").values_list("action", flat=True))


def test_a_draft_holds_its_prompts_in_one_stored_random_order(project: Project) -> None:
    run = make_run(project, order_seed=7)
    keys = list(run.comparisons.order_by("position").values_list("external_id", flat=True))
    assert keys == served_order([prompt.key for prompt in make_prompts()], seed=7)
    assert keys != sorted(keys)
    again = make_run(project, order_seed=7, prompts=reversed(make_prompts()))
    assert keys == list(
        again.comparisons.order_by("position").values_list("external_id", flat=True)
    )


def test_a_draft_knows_its_intents_raters_and_terms(project: Project) -> None:
    run = make_run(project)
    assert (run.state, run.prompts_digest != "") == ("draft", True)
    assert [(intent.name, intent.gated) for intent in run.intents.all()] == [
        ("refunds", True),
        ("returns", True),
    ]
    assert run.raters.count() == 2
    assert GateSettings.from_json(run.gate_settings).t_intent == 0.4
    assert actions(run) == ["create_run"]


def test_only_a_lead_sets_up_a_run(project: Project) -> None:
    reviewer = make_member(project, Role.REVIEWER)
    run = make_run(project)
    for act in (runs.open_voting, runs.pause_run, closing.close_run, generation.start_generation):
        with pytest.raises(PermissionDeniedError):
            act(run_id=run.pk, actor=reviewer)


def test_a_name_stands_once_in_a_project(project: Project) -> None:
    make_run(project, name="spring")
    with pytest.raises(InvalidInput, match="already"):
        make_run(project, name="spring")


def test_two_different_models_that_can_be_asked_are_needed(project: Project) -> None:
    model = make_model_version(project)
    with pytest.raises(InvalidInput, match="same model"):
        make_run(project, candidate=model, baseline=model)
    unserved = ModelVersion.objects.create(project=project, name="new", provider=kinds.UNSERVED)
    with pytest.raises(InvalidInput, match="not served yet"):
        make_run(project, candidate=unserved)
    with pytest.raises(InvalidInput, match="not registered in this project"):
        make_run(project, candidate=make_model_version())


def test_who_may_not_vote_cannot_be_a_rater(project: Project) -> None:
    annotator = make_member(project, Role.ANNOTATOR)
    with pytest.raises(InvalidInput, match="may not vote"):
        make_run(project, raters=[annotator])


def test_small_intents_can_be_counted_in_one_group(project: Project) -> None:
    run = make_run(project, intents_of=("a", "b", "c"))
    group = IntentTerms("small ones", ("a", "b"))
    run_setup.change_terms(run_id=run.pk, terms=terms(run, intents=(group,)), actor=None)
    sizes = Counter(run.comparisons.values_list("intent__name", flat=True))
    assert sizes == {"small ones": 14, "c": 6}
    assert runs.intent_sizes(run) == dict(sizes)
    assert [intent.name for intent in run.intents.all()] == ["c", "small ones"]
    back = run_setup.change_terms(run_id=run.pk, terms=terms(run, intents=()), actor=None)
    assert [intent.name for intent in back.intents.all()] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((IntentTerms("x", ("returns", "lost")),), "The set has no intent “lost”"),
        ((IntentTerms("x", ("returns",)), IntentTerms("y", ("returns",))), "two rows"),
        ((IntentTerms("x", ("returns",)), IntentTerms("x", ("refunds",))), "same name"),
        ((IntentTerms("", ("returns",)),), "needs 1 to 100"),
    ],
)
def test_an_arrangement_that_makes_no_sense_is_refused(
    project: Project, rows: tuple[IntentTerms, ...], sentence: str
) -> None:
    run = make_run(project)
    with pytest.raises(InvalidInput, match=sentence):
        run_setup.change_terms(run_id=run.pk, terms=terms(run, intents=rows), actor=None)


def test_own_thresholds_and_watched_intents_reach_the_gates(project: Project) -> None:
    run = make_run(project)
    rows = (IntentTerms("returns", threshold=0.45), IntentTerms("refunds", gated=False))
    run_setup.change_terms(run_id=run.pk, terms=terms(run, intents=rows), actor=None)
    run.refresh_from_db()
    settings = GateSettings.from_json(run.gate_settings)
    assert (settings.threshold_of("returns"), settings.threshold_of("refunds")) == (0.45, None)
    assert [(intent.name, intent.gated) for intent in run.intents.all()] == [
        ("refunds", False),
        ("returns", True),
    ]


def test_a_run_that_could_never_pass_is_refused_before_anything_is_spent(
    project: Project,
) -> None:
    run = make_run(project, examples=13, terms={"gates": GateSettings.of_preset("strict")})
    with pytest.raises(RunCannotOpen) as refused:
        generation.start_generation(run_id=run.pk, actor=None)
    small = message(
        "gates.intent_too_small", intent="returns", examples=7, needed=10, threshold=0.5
    )
    assert small in refused.value.reasons
    assert not run.answers.exists()


def test_a_run_with_too_few_reviewers_is_refused(project: Project) -> None:
    run = make_run(project, raters=[make_member(project, Role.REVIEWER)])
    more = make_run(project, terms={"overlap_votes": 3})
    found = [reason for draft in (run, more) for reason in runs.opening_errors(draft)]
    assert {reason.code for reason in found} == {"runs.too_few_reviewers"}
    counts = [(reason.params["reviewers"], reason.params["needed"]) for reason in found]
    assert counts == [(1, 2), (2, 3)]


def test_the_overlap_set_is_large_enough_to_judge_agreement_where_the_set_is() -> None:
    keys = list(range(100))
    assert len(overlap_set(keys, percent=20, seed=3, at_least=30)) == 30
    assert len(overlap_set(keys, percent=40, seed=3, at_least=30)) == 40
    assert not overlap_set(keys, percent=0, seed=3, at_least=30)
    assert len(overlap_set(keys[:20], percent=20, seed=3, at_least=30)) == 4
    run = make_generating_run(terms={"overlap_percent": 20, "overlap_votes": 2}, examples=40)
    answer_all(run)
    runs.open_voting(run_id=run.pk, actor=None)
    assert run.comparisons.filter(votes_needed=2).count() == 30


def test_opening_freezes_the_terms_and_draws_the_overlap_set() -> None:
    run = make_generating_run(terms={"overlap_percent": 20, "overlap_votes": 2}, order_seed=3)
    answer_all(run)
    opened = generation.finish_generation(run_id=run.pk)
    assert opened is not None
    assert (opened.state, opened.opened_at is not None) == ("voting", True)
    positions = list(run.comparisons.values_list("position", flat=True))
    drawn = overlap_set(positions, percent=20, seed=3)
    assert len(drawn) == 4
    assert set(run.comparisons.filter(votes_needed=2).values_list("position", flat=True)) == drawn
    assert run.comparisons.filter(votes_needed=1).count() == 16
    with pytest.raises(InvalidTransition):
        run_setup.change_terms(run_id=run.pk, terms=terms(run), actor=None)
    assert actions(run)[-2:] == ["start_generation", "open_voting"]


def test_a_run_does_not_open_while_answers_are_missing() -> None:
    run = make_generating_run()
    assert generation.finish_generation(run_id=run.pk) is None
    with pytest.raises(RunCannotOpen) as rejected:
        runs.open_voting(run_id=run.pk, actor=None)
    assert rejected.value.reasons == [message("runs.answers_missing", n=20)]


def test_a_lead_goes_on_without_the_answers_that_failed() -> None:
    run = make_generating_run()
    answer_all(run)
    failed = run.answers.order_by("pk")[0]
    Answer.objects.filter(pk=failed.pk).update(state="failed", error="too long")
    assert generation.finish_generation(run_id=run.pk) is None
    with pytest.raises(InvalidInput, match="Give a reason"):
        generation.continue_without_failed(run_id=run.pk, actor=None, reason=" ")
    opened = generation.continue_without_failed(run_id=run.pk, actor=None, reason="too long")
    assert opened.state == "voting"
    assert run.comparisons.get(state="withdrawn").pk == failed.comparison_id
    assert actions(run)[-2:] == ["withdraw_comparison", "open_voting"]


def test_nobody_goes_on_while_answers_are_to_come() -> None:
    run = make_generating_run()
    with pytest.raises(InvalidInput, match="still to come"):
        generation.continue_without_failed(run_id=run.pk, actor=None, reason="x")


def test_what_failed_is_asked_again() -> None:
    run = make_generating_run()
    answer_all(run)
    run.answers.filter(pk=run.answers.earliest("pk").pk).update(state="failed", attempts=6)
    assert generation.retry_failed(run_id=run.pk, actor=None) == 1
    again = run.answers.earliest("pk")
    assert (again.state, again.attempts) == ("waiting", 0)
    assert generation.answer_progress(run).pending == 1


def test_progress_is_counted_without_withdrawn_comparisons() -> None:
    run = make_generating_run()
    answer_all(run, cost_usd="0.5")
    comparison = run.comparisons.earliest("position")
    runs.withdraw_comparisons(run, [comparison.pk], actor=None, reason="a trap")
    found = generation.answer_progress(run)
    assert (found.total, found.done, found.percent) == (38, 38, 100)
    assert found.cost_usd == 19.0


def test_what_was_served_stays_in_the_run() -> None:
    run = make_voting_run()
    seen = run.comparisons.earliest("position")
    run.comparisons.filter(pk=seen.pk).update(first_served_at=timezone.now())
    assert not runs.withdraw_comparisons(run, [seen.pk], actor=None, reason="I do not like it")
    assert run.comparisons.get(pk=seen.pk).state == "open"


def test_raters_are_fixed_once_somebody_was_served() -> None:
    run = make_voting_run()
    run_setup.set_raters(run_id=run.pk, rater_ids=[], actor=None)
    assert run.raters.count() == 0
    run.comparisons.filter(position=1).update(first_served_at=timezone.now())
    with pytest.raises(InvalidInput, match="Voting has begun"):
        run_setup.set_raters(run_id=run.pk, rater_ids=[], actor=None)


def test_a_run_is_closed_once_and_revealed_after(project: Project) -> None:
    run = make_voting_run(project)
    with pytest.raises(InvalidTransition):
        closing.reveal_run(run_id=run.pk, actor=None)
    closed = closing.close_run(run_id=run.pk, actor=None, reason="enough")
    assert (closed.state, closed.closed_at is not None) == ("closed", True)
    with pytest.raises(InvalidTransition):
        closing.close_run(run_id=run.pk, actor=None)
    first = closing.reveal_run(run_id=run.pk, actor=None).revealed_at
    assert closing.reveal_run(run_id=run.pk, actor=None).revealed_at == first
    assert actions(run)[-2:] == ["close", "reveal"]


def test_pausing_twice_is_the_same_as_once() -> None:
    run = make_voting_run()
    for _ in range(2):
        assert runs.pause_run(run_id=run.pk, actor=None, reason="lunch").paused
    for _ in range(2):
        assert not runs.resume_run(run_id=run.pk, actor=None).paused
    assert actions(run)[-2:] == ["pause", "resume"]


def test_a_closed_run_knows_one_action() -> None:
    assert run_actions_in(RunState.CLOSED) == {"reveal"}
