"""A rollback cannot bypass the gates: the rule over whole histories, in Python and in SQL."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from evaluation.promotion import actions as promotion
from evaluation.promotion.models import Alias, Promotion
from evaluation.promotion.requests import PromotionRequest
from evaluation.promotion.service_history import AliasChange, PromotionKind, rollback_targets
from evaluation.registry.models import ModelVersion
from reviewapp.core.errors import InvalidTransition
from reviewapp.people.models import Role
from tests.factories.people import make_member, make_project
from tests.factories.promotions import make_decided_run
from tests.factories.runs import make_model_version, make_voting_run

ARRIVALS = {PromotionKind.PROMOTION, PromotionKind.DECLARATION}
START = datetime(2026, 5, 4, 9, tzinfo=UTC)


def moves(text: str) -> list[AliasChange]:
    """`+a` promotes a model, `<a` rolls back to it, `-` takes out what serves."""
    made: list[AliasChange] = []
    for word in text.split():
        kind = {
            "+": PromotionKind.PROMOTION,
            "<": PromotionKind.ROLLBACK,
            "-": PromotionKind.WITHDRAWAL,
        }[word[0]]
        made.append(AliasChange(kind, ord(word[1]) if word[1:] else made[-1].model))
    return made


@pytest.mark.parametrize(
    ("history", "targets"),
    [
        ("", ""),
        ("+a", ""),
        ("+a +b", "a"),
        ("+a +b +c", "ba"),
        ("+a +b <a", ""),  # A rollback is not undone by another.
        ("+a +b +c <b", "a"),
        ("+a +b +c <a", ""),  # Going back past b undoes b.
        ("+a +b <a +b", "a"),  # A new promotion makes b eligible again.
        ("+a +b +a <b", ""),  # a was rolled back, however it arrived first.
        ("+a +b - +c", "a"),
        ("+a - +b", ""),
    ],
)
def test_a_rollback_goes_only_to_what_was_not_undone(history: str, targets: str) -> None:
    assert rollback_targets(moves(history)) == [ord(name) for name in targets]


def random_history(numbers: list[int], models: int = 4) -> list[AliasChange]:
    """A history as the actions allow it: rollbacks only to what the rule offers."""
    made: list[AliasChange] = []
    serving: int | None = None
    for number in numbers:
        targets = rollback_targets(made)
        candidates = [model for model in range(models) if model != serving]
        if number % 3 == 0 and targets and serving is not None:
            move = AliasChange(PromotionKind.ROLLBACK, targets[number % len(targets)])
        elif number % 7 == 1 and serving is not None:
            move = AliasChange(PromotionKind.WITHDRAWAL, serving)
        else:
            move = AliasChange(PromotionKind.PROMOTION, candidates[number % len(candidates)])
        made.append(move)
        serving = None if move.kind is PromotionKind.WITHDRAWAL else move.model
    return made


@given(st.lists(st.integers(0, 1000), max_size=25))
def test_no_rollback_of_any_history_returns_a_model_undone_since_its_promotion(
    numbers: list[int],
) -> None:
    history = random_history(numbers)
    for at, move in enumerate(history):
        if move.kind is not PromotionKind.ROLLBACK:
            continue
        arrived = max(
            number
            for number, earlier in enumerate(history[:at])
            if earlier.kind in ARRIVALS and earlier.model == move.model
        )
        serving = move.model
        for later in history[arrived + 1 : at]:
            was, serving = serving, later.model
            undone = later.kind is PromotionKind.WITHDRAWAL and later.model == move.model
            replaced = later.kind is PromotionKind.ROLLBACK and was == move.model
            assert not undone, history
            assert not replaced, history


@given(st.lists(st.integers(0, 1000), max_size=15), st.lists(st.integers(0, 1000), max_size=15))
def test_rollbacks_alone_never_return_to_a_model_they_left(
    numbers: list[int], choices: list[int]
) -> None:
    history = random_history(numbers)
    left: set[int] = set()
    for choice in choices:
        targets = rollback_targets(history)
        if not targets or history[-1].kind is PromotionKind.WITHDRAWAL:
            return
        left.add(history[-1].model)
        history.append(AliasChange(PromotionKind.ROLLBACK, targets[choice % len(targets)]))
        assert history[-1].model not in left


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_the_database_allows_exactly_the_rollbacks_of_the_rule(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311
    project = make_project()
    lead = make_member(project, Role.LEAD)
    models = [make_model_version(project) for _ in range(4)]
    history = random_history([draw.randrange(1000) for _ in range(12)])

    def add(number: int, move: AliasChange, serving: int | None) -> None:
        Promotion.objects.create(
            project=project,
            alias="canary",
            kind=move.kind,
            model_version=models[move.model],
            previous=None if serving is None else models[serving],
            note="x",
            requested_by=lead,
            effective_at=START + timedelta(minutes=number),
        )

    serving: int | None = None
    for number, move in enumerate(history):
        allowed = set()
        for model in range(len(models)):
            try:
                with transaction.atomic():
                    add(number, AliasChange(PromotionKind.ROLLBACK, model), serving)
                    transaction.set_rollback(True)
                allowed.add(model)
            except IntegrityError as error:
                assert "was not undone since" in str(error)
        assert allowed - {serving} == set(rollback_targets(history[:number]))
        add(number, move, serving)
        serving = None if move.kind is PromotionKind.WITHDRAWAL else move.model


@pytest.mark.django_db
def test_one_lead_cannot_return_a_rolled_back_override_to_service() -> None:
    run = make_voting_run()
    project, candidate = run.project, run.candidate
    first, second = make_member(project, Role.LEAD), make_member(project, Role.LEAD)
    promotion.declare(
        project=project, alias="production", model_id=run.baseline_id, note="x", actor=first
    )
    request = PromotionRequest(
        run_id=run.pk, alias="production", note="Better.", override_reason="Legal deadline."
    )
    asked = promotion.promote(request=request, actor=first)
    promotion.sign(promotion_id=asked.pk, actor=second, note="Read it.")
    promotion.roll_back(project=project, alias="production", reason="Bad.", actor=first)
    for to_model_id in (candidate.pk, None):
        with pytest.raises(InvalidTransition, match=r"[Pp]romote"):
            promotion.roll_back(
                project=project,
                alias="production",
                reason="Back.",
                actor=first,
                to_model_id=to_model_id,
            )
    assert Alias.objects.get(project=project).model_version == run.baseline


@pytest.mark.django_db
def test_the_default_of_a_rollback_is_the_latest_model_that_may_return() -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    served: list[ModelVersion] = []
    for _ in range(3):
        run = make_decided_run(project)
        promotion.promote(
            request=PromotionRequest(run_id=run.pk, alias="production", note="Better."), actor=lead
        )
        served.append(run.candidate)
    for expected in (served[1], served[0]):
        made = promotion.roll_back(project=project, alias="production", reason="Bad.", actor=lead)
        assert made.model_version == expected
