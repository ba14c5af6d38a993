"""Promoting on evidence, overriding with two leads, rolling back; the alias moves nowhere else."""

from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import translation

from evaluation.promotion import actions as promotion
from evaluation.promotion.models import Alias, Promotion, PromotionEvent
from evaluation.promotion.requests import PromotionRequest
from evaluation.promotion.service_history import PromotionKind
from evaluation.results.actions import gates
from evaluation.runs.models import EvaluationRun
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.people import make_member, make_project
from tests.factories.promotions import make_decided_run
from tests.factories.runs import make_model_version, make_voting_run

pytestmark = pytest.mark.django_db


def ask(run: EvaluationRun, **words: str) -> PromotionRequest:
    return PromotionRequest(
        run_id=run.pk, alias=words.pop("alias", "production"), note="Better.", **words
    )


def lead_of(project: Project) -> User:
    return make_member(project, Role.LEAD)


def serving(project: Project, alias: str = "production") -> str:
    return Alias.objects.get(project=project, name=alias).model_version.name


def test_a_run_whose_gates_passed_is_promoted_by_one_lead() -> None:
    run = make_decided_run()
    made = promotion.promote(request=ask(run), actor=lead_of(run.project))
    assert made.effective_at
    assert serving(run.project) == run.candidate.name
    event = PromotionEvent.objects.get(promotion=made)
    assert (event.action, event.after, event.reason) == (
        "promotion",
        run.candidate.name,
        "Better.",
    )


def test_evidence_is_stored_with_codes_and_without_sentences() -> None:
    run = make_decided_run()
    with translation.override("de"):
        made = promotion.promote(request=ask(run), actor=lead_of(run.project))
    made.refresh_from_db()
    figures, gates_kept = made.evidence["figures"], made.evidence["gates"]
    assert made.evidence["format"] == 2
    assert figures["decision"] == "promote"
    assert figures["overall"]["n"] == run.comparisons.count()
    assert not {"gates", "sentence", "decision_sentence"} & figures.keys()
    assert made.evidence["eligibility"] == {"code": "promotion.all_gates_passed", "params": {}}
    assert {gate["reason"].keys() == {"code", "params"} for gate in gates_kept} == {True}
    assert figures["length"]["reason"]["code"].startswith("stats.")


def test_evidence_of_an_override_names_the_gates_as_codes() -> None:
    run = make_voting_run()
    request = ask(run, override_reason="Legal deadline.")
    made = promotion.promote(request=request, actor=lead_of(run.project))
    eligibility = made.evidence["eligibility"]
    first = eligibility["params"]["gates"][0]
    assert eligibility["code"] == "promotion.gates_not_passed"
    assert (first["code"], first["params"]["gate"]) == ("gates.title", "overall_superiority")


def test_without_enough_votes_nothing_moves() -> None:
    run = make_voting_run()
    lead = lead_of(run.project)
    gates.measure_gates(run_id=run.pk)
    with pytest.raises(InvalidTransition, match="second lead"):
        promotion.promote(request=ask(run), actor=lead)
    assert not Alias.objects.exists()
    assert not Promotion.objects.exists()


def test_an_override_waits_for_a_second_lead() -> None:
    run = make_voting_run()
    first, second = lead_of(run.project), lead_of(run.project)
    made = promotion.promote(request=ask(run, override_reason="Legal deadline."), actor=first)
    assert made.effective_at is None
    assert not Alias.objects.exists()
    with pytest.raises(PermissionDeniedError, match="another lead"):
        promotion.sign(promotion_id=made.pk, actor=first, note="Read it.")
    promotion.sign(promotion_id=made.pk, actor=second, note="Read it.")
    assert serving(run.project) == run.candidate.name
    actions = PromotionEvent.objects.filter(promotion=made).order_by("pk")
    assert [event.action for event in actions] == ["ask_override", "sign_override", "promotion"]


def test_the_document_names_gates_and_deeds_in_words() -> None:
    run = make_voting_run()
    first, second = lead_of(run.project), lead_of(run.project)
    asked = signed_in(first).get(reverse("evaluation:promote", args=[run.project.slug, run.pk]))
    text = page_text(asked)
    assert "These gates have not passed yet: Overall above 50 %" in text
    assert "Enough raters" in text
    assert "overall_superiority" not in text

    made = promotion.promote(request=ask(run, override_reason="Legal deadline."), actor=first)
    promotion.sign(promotion_id=made.pk, actor=second, note="Read it.")
    address = reverse("evaluation:promotion", args=[run.project.slug, made.pk])
    signed = page_text(signed_in(second).get(address))
    for words in (
        "asked for an override of the gates",
        "signed as second lead",
        "put the model in service",
    ):
        assert words in signed
    assert "Overall above 50 %" in signed


def test_the_database_refuses_an_override_that_one_lead_signed() -> None:
    run = make_voting_run()
    made = promotion.promote(
        request=ask(run, override_reason="Legal deadline."), actor=lead_of(run.project)
    )
    with pytest.raises(IntegrityError, match="second_lead"), transaction.atomic():
        Promotion.objects.filter(pk=made.pk).update(
            effective_at=made.requested_at,
            signed_by=made.requested_by,
            signed_at=made.requested_at,
            signed_note="x",
        )


def test_a_declined_override_moves_nothing_and_stays_declined() -> None:
    run = make_voting_run()
    first, second = lead_of(run.project), lead_of(run.project)
    made = promotion.promote(request=ask(run, override_reason="Deadline."), actor=first)
    promotion.decline(promotion_id=made.pk, actor=second, reason="Too early.")
    with pytest.raises(InvalidTransition):
        promotion.sign(promotion_id=made.pk, actor=second, note="Read it.")
    assert not Alias.objects.exists()


def test_only_one_promotion_of_an_alias_waits_at_a_time() -> None:
    run = make_voting_run()
    request = ask(run, override_reason="Deadline.")
    promotion.promote(request=request, actor=lead_of(run.project))
    with pytest.raises(InvalidTransition, match="waits"):
        promotion.promote(request=request, actor=lead_of(run.project))


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_only_a_lead_promotes_signs_and_rolls_back(role: Role) -> None:
    run = make_decided_run()
    other = make_member(run.project, role)
    with pytest.raises(PermissionDeniedError):
        promotion.promote(request=ask(run), actor=other)
    with pytest.raises(PermissionDeniedError):
        promotion.roll_back(project=run.project, alias="production", reason="x", actor=other)
    assert not Promotion.objects.exists()


def test_a_lead_who_still_votes_cannot_promote_the_run() -> None:
    project = make_project()
    both = make_member(project, Role.LEAD, Role.REVIEWER)
    run = make_voting_run(project, raters=[both, make_member(project, Role.REVIEWER)])
    with pytest.raises(PermissionDeniedError, match="You vote in this run"):
        promotion.promote(request=ask(run, override_reason="x"), actor=both)


def test_a_canary_needs_no_failed_gate_and_no_passed_one() -> None:
    run = make_voting_run()
    made = promotion.promote(request=ask(run, alias="canary"), actor=lead_of(run.project))
    assert made.effective_at
    assert serving(run.project, "canary") == run.candidate.name
    assert not Alias.objects.filter(name="production").exists()


def test_promoting_what_serves_is_refused() -> None:
    run = make_decided_run()
    lead = lead_of(run.project)
    promotion.promote(request=ask(run), actor=lead)
    with pytest.raises(InvalidTransition, match="already"):
        promotion.promote(request=ask(run), actor=lead)


@pytest.mark.parametrize("note", ["", "  \n"])
def test_a_promotion_needs_a_note(note: str) -> None:
    run = make_decided_run()
    with pytest.raises(InvalidInput, match="note"):
        promotion.promote(
            request=PromotionRequest(run_id=run.pk, alias="production", note=note),
            actor=lead_of(run.project),
        )


def test_rolling_back_restores_what_served_and_keeps_history() -> None:
    run = make_decided_run()
    lead = lead_of(run.project)
    promotion.declare(
        project=run.project,
        alias="production",
        model_id=run.baseline_id,
        note="Served since spring.",
        actor=lead,
    )
    promoted = promotion.promote(request=ask(run), actor=lead)
    back = promotion.roll_back(
        project=run.project, alias="production", reason="Complaints rose.", actor=lead
    )
    assert serving(run.project) == run.baseline.name
    assert (back.kind, back.previous) == (PromotionKind.ROLLBACK, run.candidate)
    promoted.refresh_from_db()
    assert promoted.effective_at
    with pytest.raises(InvalidTransition, match="cannot restore"):
        promotion.roll_back(project=run.project, alias="production", reason="again", actor=lead)


def test_rolling_back_to_a_model_that_never_served_is_refused() -> None:
    run = make_decided_run()
    lead = lead_of(run.project)
    promotion.promote(request=ask(run), actor=lead)
    stranger = make_model_version(run.project)
    with pytest.raises(InvalidInput, match="never served"):
        promotion.roll_back(
            project=run.project,
            alias="production",
            reason="x",
            actor=lead,
            to_model_id=stranger.pk,
        )


def test_a_rollback_without_a_reason_is_refused() -> None:
    run = make_decided_run()
    lead = lead_of(run.project)
    promotion.promote(request=ask(run), actor=lead)
    with pytest.raises(InvalidInput, match="reason"):
        promotion.roll_back(project=run.project, alias="production", reason=" ", actor=lead)


def test_a_declaration_is_only_for_an_unused_alias() -> None:
    run = make_decided_run()
    lead = lead_of(run.project)
    promotion.promote(request=ask(run), actor=lead)
    with pytest.raises(InvalidTransition):
        promotion.declare(
            project=run.project,
            alias="production",
            model_id=run.baseline_id,
            note="x",
            actor=lead,
        )


def test_a_declaration_waits_for_an_override_that_waits() -> None:
    run = make_voting_run(examples=8)
    lead = lead_of(run.project)
    promotion.promote(request=ask(run, override_reason="A law changed."), actor=lead)
    with pytest.raises(InvalidTransition, match="Sign or decline it first"):
        promotion.declare(
            project=run.project,
            alias="production",
            model_id=run.baseline_id,
            note="x",
            actor=lead,
        )


@pytest.mark.django_db(transaction=True)
def test_two_leads_who_promote_at_once_move_the_alias_once() -> None:
    run = make_decided_run()
    leads = [lead_of(run.project), lead_of(run.project)]
    barrier, refused = Barrier(2), []

    def promote(lead: User) -> None:
        barrier.wait()
        try:
            promotion.promote(request=ask(run), actor=lead)
        except InvalidTransition as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [Thread(target=promote, args=[lead]) for lead in leads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Promotion.objects.in_effect().count() == 1


def test_the_button_does_what_it_says_or_says_that_it_would_do_something_else() -> None:
    run = make_voting_run()
    browser = signed_in(lead_of(run.project))
    page = reverse("evaluation:promote", args=[run.project.slug, run.pk])
    fields = {"alias": "shadow", "note": "Side by side", "override_reason": "Legal deadline."}
    asked = browser.post(page, fields | {"asks_for": "signature"})
    assert asked.status_code == 422
    assert "Press Promote to confirm" in asked.content.decode()
    assert "Legal deadline." in asked.content.decode()
    assert not Promotion.objects.exists()
    assert browser.post(page, fields | {"asks_for": "nothing"}).status_code == 302
    assert Promotion.objects.get().alias == "shadow"
