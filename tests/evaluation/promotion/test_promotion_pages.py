"""Pages of promotions: refused forms keep their fields, people are shown with their own words."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluation.promotion import actions as promotion
from evaluation.promotion.models import Alias, Promotion, PromotionEvent
from evaluation.promotion.requests import MAX_TEXT_LENGTH, PromotionRequest
from evaluation.promotion.views import promotion as promotion_view
from evaluation.results.actions import closing, gates
from evaluation.results.models import GateCheck, RunTally
from evaluation.results.reports import RunReport, build_report
from evaluation.runs.models import EvaluationRun
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.people import make_member, make_project
from tests.factories.promotions import make_decided_run
from tests.factories.runs import make_model_version, make_voting_run
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
TYPED = "Typed by hand & <kept>"
SHOWN = "Typed by hand &amp; &lt;kept&gt;"


def lead_of(project: Project, name: str = "") -> User:
    return make_member(project, Role.LEAD, name=name)


def asked_for(run: EvaluationRun, by: User) -> Promotion:
    request = PromotionRequest(
        run_id=run.pk, alias="production", note="Asker's note.", override_reason="Asker's reason."
    )
    return promotion.promote(request=request, actor=by)


def address(name: str, project: Project, *args: object) -> str:
    return reverse(f"evaluation:{name}", args=[project.slug, *args])


def error_ids(content: str) -> list[str]:
    return [part.split('"')[0] for part in content.split('id="')[1:] if '_error"' in part[:60]]


def test_each_refused_form_keeps_its_text_and_shows_the_error_at_the_field() -> None:
    """One rule for all forms about promotions: what is missing, and what is too long."""
    run = make_voting_run()
    project = run.project
    lead, second = lead_of(project), lead_of(project)
    waiting = asked_for(run, lead)
    for _ in range(2):
        promotion.promote(
            request=PromotionRequest(run_id=make_decided_run(project).pk, alias="canary", note="x"),
            actor=lead,
        )
    declared = {"alias": "shadow", "model_id": str(run.baseline_id)}
    long = "x" * (MAX_TEXT_LENGTH + 1)
    cases: list[tuple[User, str, dict[str, str], str]] = [
        (lead, address("promote", project, run.pk), {"alias": "shadow", "note": long}, "note"),
        (
            lead,
            address("promote", project, run.pk),
            {"alias": "production", "note": TYPED, "override_reason": ""},
            "override_reason",
        ),
        (second, address("sign_promotion", project, waiting.pk), {"note": " "}, "note"),
        (second, address("decline_promotion", project, waiting.pk), {"reason": long}, "reason"),
        (lead, address("roll_back", project, "canary"), {"reason": ""}, "reason"),
        (lead, address("withdraw_model", project, "canary"), {"reason": long}, "reason"),
        (lead, address("declare", project), declared | {"note": " "}, "note"),
    ]
    for user, url, fields, wrong in cases:
        answer = signed_in(user).post(url, fields)
        content = answer.content.decode()
        assert answer.status_code == 422, url
        assert any(name.endswith(f"{wrong}_error") for name in error_ids(content)), url
        assert "autofocus" in content, url
        assert "Copy what you need" not in content, url
        for text in fields.values():
            assert text.strip().replace(TYPED, SHOWN) in content, url
    assert Promotion.objects.filter(effective_at=None, declined_at=None).get() == waiting


def test_a_refusal_of_the_action_keeps_the_text_on_the_same_page() -> None:
    run = make_voting_run()
    project = run.project
    lead, second = lead_of(project), lead_of(project)
    waiting = asked_for(run, lead)
    promotion.decline(promotion_id=waiting.pk, actor=second, reason="Too early.")
    promotion.declare(
        project=project, alias="canary", model_id=run.baseline_id, note="x", actor=lead
    )
    late = {"note": TYPED, "alias": "canary", "model_id": str(run.candidate_id)}
    cases = [
        (address("sign_promotion", project, waiting.pk), {"note": TYPED}, "does not wait"),
        (address("decline_promotion", project, waiting.pk), {"reason": TYPED}, "does not wait"),
        (address("declare", project), late, "A model served as canary before"),
        (
            address("withdraw_model", project, "canary"),
            {"reason": TYPED, "expected_promotion_id": str(waiting.pk)},
            "changed canary since you opened the page",
        ),
        (
            address("roll_back", project, "canary"),
            {"reason": TYPED, "to_model_id": str(run.candidate_id)},
            "never served under this alias",
        ),
    ]
    for url, fields, sentence in cases:
        answer = signed_in(second).post(url, fields)
        assert answer.status_code in {409, 422}, url
        assert sentence in page_text(answer), url
        assert SHOWN in answer.content.decode(), url
        assert "Copy what you need" not in answer.content.decode(), url


def test_a_form_refused_as_stale_works_when_it_is_sent_again() -> None:
    run = make_voting_run()
    lead = lead_of(run.project)
    made = promotion.declare(
        project=run.project, alias="canary", model_id=run.baseline_id, note="x", actor=lead
    )
    client, url = signed_in(lead), address("withdraw_model", run.project, "canary")
    stale = client.post(
        url, {"reason": TYPED, "expected_promotion_id": str(made.pk + 1)}
    ).content.decode()
    assert f'name="expected_promotion_id" value="{made.pk}"' in stale
    client.post(url, {"reason": TYPED, "expected_promotion_id": str(made.pk)})
    assert not Alias.objects.exists()


def test_nobody_is_given_the_words_of_another() -> None:
    run = make_voting_run()
    asker, signer = lead_of(run.project, "Ada Asker"), lead_of(run.project, "Sig Signer")
    made = asked_for(run, asker)
    signed_in(signer).post(
        address("sign_promotion", run.project, made.pk), {"note": "Signer's note."}
    )
    assert Alias.objects.get().model_version == run.candidate
    words = {(event.actor, event.reason) for event in PromotionEvent.objects.exclude(reason="")}
    assert words == {(asker, "Asker's reason."), (signer, "Signer's note.")}
    page = page_text(signed_in(asker).get(address("promotion", run.project, made.pk)))
    for own in (
        "Asker's note. Ada Asker",
        "Asker's reason. Ada Asker",
        "Signer's note. Sig Signer",
    ):
        assert own.replace("'", "&#x27;") in page


def test_a_signature_needs_a_note_of_the_signer() -> None:
    run = make_voting_run()
    signer = lead_of(run.project)
    made = asked_for(run, lead_of(run.project))
    with pytest.raises(InvalidInput, match="checked"):
        promotion.sign(promotion_id=made.pk, actor=signer, note=" ")
    page = signed_in(signer).get(address("promotion", run.project, made.pk)).content.decode()
    evidence, form = page.index('id="evidence"'), page.index("Sign and put in service")
    assert evidence < form
    assert not Alias.objects.exists()


def given_up() -> EvaluationRun:
    run = make_voting_run()
    EvaluationRun.objects.filter(pk=run.pk).update(state="generating", opened_at=None)
    return closing.close_run(run_id=run.pk, actor=None)


def closed_without_votes() -> EvaluationRun:
    return closing.close_run(run_id=make_voting_run().pk, actor=None)


def invalid() -> EvaluationRun:
    """A run with the votes of one rater only: the voting fails, not the candidate."""
    return make_decided_run(raters=["ada"])


@pytest.mark.parametrize("make", [given_up, closed_without_votes, invalid])
@pytest.mark.parametrize("alias", Alias.Name.values)
def test_a_run_without_evidence_cannot_be_promoted_from(make: object, alias: str) -> None:
    run: EvaluationRun = make()  # type: ignore[operator]
    request = PromotionRequest(run_id=run.pk, alias=alias, note="x", override_reason="Deadline.")
    with pytest.raises(InvalidTransition, match="no evidence"):
        promotion.promote(request=request, actor=lead_of(run.project))
    assert not Promotion.objects.exists()


def test_a_run_without_evidence_offers_no_promotion() -> None:
    run = closed_without_votes()
    client = signed_in(lead_of(run.project))
    promote = address("promote", run.project, run.pk)
    assert promote not in client.get(address("run", run.project, run.pk)).content.decode()
    page = client.get(promote).content.decode()
    assert "no evidence" in page
    assert 'name="note"' not in page


def test_a_run_whose_candidate_is_in_production_offers_no_promotion() -> None:
    run = make_decided_run(make_project())
    lead = lead_of(run.project)
    page, offer = address("run", run.project, run.pk), address("promote", run.project, run.pk)
    before = signed_in(lead).get(page).content.decode()
    request = PromotionRequest(run_id=run.pk, alias="production", note="Better.")
    promotion.promote(request=request, actor=lead)
    after = signed_in(lead).get(page).content.decode()

    assert offer in before
    assert offer not in after
    assert f"{run.candidate.name} serves as Production since" in after


def test_a_request_cannot_be_signed_after_its_run_was_closed_without_votes() -> None:
    run = make_voting_run()
    signer = lead_of(run.project)
    made = asked_for(run, lead_of(run.project))
    closing.close_run(run_id=run.pk, actor=None)
    with pytest.raises(InvalidTransition, match="no evidence"):
        promotion.sign(promotion_id=made.pk, actor=signer, note="Fine.")


def choices(client: Client, project: Project, name: str) -> str:
    page = client.get(address("promotions", project)).content.decode()
    return page.split(f'name="{name}"')[1].split("</select>")[0]


def test_only_aliases_that_were_never_used_are_offered_to_be_recorded() -> None:
    run = make_voting_run()
    lead = lead_of(run.project)
    asked_for(run, lead)
    promotion.declare(
        project=run.project, alias="canary", model_id=run.baseline_id, note="x", actor=lead
    )
    offered = choices(signed_in(lead), run.project, "alias")
    assert [name for name in Alias.Name.values if f'value="{name}"' in offered] == ["shadow"]


def test_the_asker_is_offered_to_withdraw_and_another_lead_to_sign() -> None:
    run = make_voting_run()
    asker, other = lead_of(run.project), lead_of(run.project)
    made = asked_for(run, asker)
    pages = {
        who: page_text(signed_in(who).get(address("promotions", run.project)))
        for who in (asker, other)
    }
    assert "Withdraw" in pages[asker]
    assert "Read and sign" not in pages[asker]
    assert "Read and sign" in pages[other]
    signed_in(asker).post(
        address("decline_promotion", run.project, made.pk), {"reason": "Not needed."}
    )
    document = page_text(signed_in(other).get(address("promotion", run.project, made.pk)))
    assert "withdrew the request" in document
    assert "Declined" not in document


def test_gates_that_passed_are_folded_before_the_form() -> None:
    run = make_decided_run()
    page = signed_in(lead_of(run.project)).get(address("promote", run.project, run.pk))
    before_form = page.content.decode().split('name="note"')[0]
    assert "gates passed</summary>" in before_form
    assert "<details open" not in before_form


def test_a_rollback_offers_the_models_it_may_put_back_the_latest_first() -> None:
    project = make_project()
    lead = lead_of(project)
    first, second = make_model_version(project), make_decided_run(project)
    promotion.declare(project=project, alias="production", model_id=first.pk, note="x", actor=lead)
    promotion.promote(
        request=PromotionRequest(run_id=second.pk, alias="production", note="x"), actor=lead
    )
    client = signed_in(lead)
    offered = choices(client, project, "to_model_id")
    assert f'value="{first.pk}"' in offered
    assert f'value="{second.candidate_id}"' not in offered
    client.post(address("roll_back", project, "production"), {"reason": "Bad."})
    page = client.get(address("promotions", project)).content.decode()
    assert 'name="to_model_id"' not in page


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs whose report was worked out, one entry each time."""
    found: list[int] = []

    def build_and_note(run: EvaluationRun, **options: Any) -> RunReport:
        found.append(run.pk)
        return build_report(run, **options)

    for module in (gates, promotion, promotion_view):
        monkeypatch.setattr(module, "build_report", build_and_note)
    return found


def test_one_request_to_promote_works_the_report_out_once(reports: list[int]) -> None:
    run = make_decided_run()
    url = address("promote", run.project, run.pk)
    reports.clear()
    answer = signed_in(lead_of(run.project)).post(url, {"alias": "production", "note": "Better."})
    assert (answer.status_code, reports) == (302, [run.pk])


def test_a_rejected_signature_builds_the_report_once(
    reports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_voting_run()
    first, second = lead_of(run.project), lead_of(run.project)
    request = PromotionRequest(
        run_id=run.pk, alias="production", note="x", override_reason="Legal deadline."
    )
    made = promotion.promote(request=request, actor=first)
    EvaluationRun.objects.filter(pk=run.pk).update(state="closed", closed_at=timezone.now())
    reports.clear()
    url = address("sign_promotion", run.project, made.pk)
    answer = signed_in(second).post(url, {"note": "Read it."})
    assert (answer.status_code, reports) == (409, [run.pk])
    assert "no evidence" in answer.content.decode()


def test_reading_the_pages_of_a_promotion_stores_nothing() -> None:
    run, (reviewer, _other) = make_small_run()
    vote_in_order(run, reviewer, ["candidate"])
    first, second = lead_of(run.project), lead_of(run.project)
    request = PromotionRequest(
        run_id=run.pk, alias="production", note="x", override_reason="Legal deadline."
    )
    made = promotion.promote(request=request, actor=first)
    for page in (
        address("promote", run.project, run.pk),
        address("promotion", run.project, made.pk),
    ):
        assert signed_in(second).get(page).status_code == 200
    assert not RunTally.objects.exists()
    assert not GateCheck.objects.exists()


def test_permission_is_asked_before_any_figure_is_worked_out(reports: list[int]) -> None:
    run = make_decided_run()
    reviewer = make_member(run.project, Role.REVIEWER)
    request = PromotionRequest(run_id=run.pk, alias="production", note="x")
    reports.clear()
    with pytest.raises(PermissionDeniedError):
        promotion.promote(request=request, actor=reviewer)
    assert reports == []


@pytest.mark.parametrize("name", ["roll_back", "withdraw_model"])
def test_a_form_about_an_alias_without_a_model_comes_back_on_the_same_page(name: str) -> None:
    project = make_project()
    answer = signed_in(lead_of(project)).post(address(name, project, "canary"), {"reason": TYPED})
    assert answer.status_code == 409
    assert answer.context["no_card_error"]
    assert SHOWN in answer.content.decode()
    assert "evaluation/promotion/promotions.html" in [
        template.name for template in answer.templates
    ]


def test_a_pending_promotion_is_shown_on_its_run_until_it_is_over() -> None:
    run = make_voting_run()
    lead, second = lead_of(run.project), lead_of(run.project)
    waiting = asked_for(run, lead)
    page = address("run", run.project, run.pk)
    request = f"{address('promotion', run.project, waiting.pk)}#sign"
    client = signed_in(second)
    assert request in client.get(page).content.decode()
    promotion.decline(promotion_id=waiting.pk, actor=second, reason="No.")
    assert request not in client.get(page).content.decode()
