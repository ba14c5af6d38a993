"""Out of service: the way back is always open, is taken once, and says what it did."""

import re

import pytest
from django.urls import reverse

from evaluation.promotion import actions as promotion
from evaluation.promotion.models import Alias, Promotion, PromotionEvent
from evaluation.promotion.requests import PromotionRequest
from evaluation.promotion.service_history import PromotionKind
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun, RunEvent
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.actions import members as people
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.people import make_member
from tests.factories.promotions import make_decided_run
from tests.factories.runs import make_model_version, make_voting_run

pytestmark = pytest.mark.django_db


def lead_of(project: Project) -> User:
    return make_member(project, Role.LEAD)


def voting_lead(run: EvaluationRun) -> User:
    """Someone who votes in the run and is made a lead besides."""
    voter = User.objects.filter(raters__run=run)[0]
    people.add_member(project=run.project, email=voter.email, role=Role.LEAD)
    return voter


def ask(run: EvaluationRun, **words: str) -> PromotionRequest:
    return PromotionRequest(
        run_id=run.pk, alias=words.pop("alias", "production"), note="Better.", **words
    )


def alias_of(project: Project, name: str = "production") -> Alias:
    return Alias.objects.select_related("model_version").get(project=project, name=name)


def served_by(project: Project, *names: str) -> list[Promotion]:
    """Production as it went from model to model; the first was declared."""
    lead = lead_of(project)
    first = make_model_version(project, name=names[0])
    made = [
        promotion.declare(
            project=project, alias="production", model_id=first.pk, note="x", actor=lead
        )
    ]
    for name in names[1:]:
        run = make_decided_run(project)
        type(run.candidate).objects.filter(pk=run.candidate_id).update(name=name)
        made.append(promotion.promote(request=ask(run), actor=lead))
    return made


def test_a_rollback_is_possible_while_an_override_waits() -> None:
    run = make_voting_run()
    lead, second = lead_of(run.project), lead_of(run.project)
    served_by(run.project, "old", "new")
    waiting = promotion.promote(request=ask(run, override_reason="Deadline."), actor=lead)
    promotion.roll_back(project=run.project, alias="production", reason="Bad.", actor=lead)
    assert alias_of(run.project).model_version.name == "old"
    signed = promotion.sign(promotion_id=waiting.pk, actor=second, note="Read it.")
    assert signed.previous is not None
    assert signed.previous.name == "old"


def test_two_leads_who_see_the_same_trouble_go_one_step_back() -> None:
    project = make_decided_run().project
    *_earlier, third = served_by(project, "one", "two", "three")
    clients = [signed_in(lead_of(project)) for _ in range(2)]
    address = reverse("evaluation:roll_back", args=[project.slug, "production"])
    form = {"reason": "Complaints.", "expected_promotion_id": third.pk}
    answers = [client.post(address, form) for client in clients]
    assert [answer.status_code for answer in answers] == [302, 409]
    assert "changed production since you opened the page: two serves now" in page_text(answers[1])
    assert alias_of(project).model_version.name == "two"
    page = page_text(clients[0].get(reverse("evaluation:promotions", args=[project.slug])))
    assert "two" in page


def test_the_page_says_what_it_showed_as_serving() -> None:
    project = make_decided_run().project
    *_earlier, last = served_by(project, "one", "two")
    page = signed_in(lead_of(project)).get(reverse("evaluation:promotions", args=[project.slug]))
    assert f'name="expected_promotion_id" value="{last.pk}"' in page.content.decode()


@pytest.mark.parametrize("alias", ["canary", "shadow"])
def test_a_first_canary_is_taken_out_again(alias: str) -> None:
    run = make_decided_run()
    lead = lead_of(run.project)
    put = promotion.promote(request=ask(run, alias=alias), actor=lead)
    client = signed_in(lead)
    answer = client.post(
        reverse("evaluation:withdraw_model", args=[run.project.slug, alias]),
        {"reason": "It swears.", "expected_promotion_id": put.pk},
        follow=True,
    )
    assert f"{run.candidate} no longer serves as {alias}." in page_text(answer)
    assert not Alias.objects.exists()
    out = Promotion.objects.get(kind=PromotionKind.WITHDRAWAL)
    event = PromotionEvent.objects.get(promotion=out)
    assert (event.action, event.before, event.after, event.reason) == (
        "withdrawal",
        run.candidate.name,
        "",
        "It swears.",
    )
    document = page_text(
        client.get(reverse("evaluation:promotion", args=[run.project.slug, out.pk]))
    )
    assert f"was taken out of service as {alias}" in document
    with pytest.raises(InvalidTransition, match="A model served"):
        promotion.declare(
            project=run.project, alias=alias, model_id=run.baseline_id, note="x", actor=lead
        )
    again = promotion.promote(request=ask(run, alias=alias), actor=lead)
    assert again.previous is None


def test_production_goes_back_instead_of_out_where_it_can() -> None:
    project = make_decided_run().project
    lead = lead_of(project)
    served_by(project, "one", "two")
    with pytest.raises(InvalidTransition, match="Roll back"):
        promotion.withdraw_model(project=project, alias="production", reason="x", actor=lead)
    promotion.roll_back(project=project, alias="production", reason="x", actor=lead)
    promotion.withdraw_model(project=project, alias="production", reason="x", actor=lead)
    assert not Alias.objects.exists()


def test_what_was_taken_out_returns_by_a_promotion_only() -> None:
    project = make_decided_run().project
    lead = lead_of(project)
    (first,) = served_by(project, "one")
    promotion.withdraw_model(project=project, alias="production", reason="x", actor=lead)
    promotion.promote(request=ask(make_decided_run(project)), actor=lead)
    with pytest.raises(InvalidTransition, match="Promote it on its run"):
        promotion.roll_back(
            project=project,
            alias="production",
            reason="x",
            actor=lead,
            to_model_id=first.model_version_id,
        )
    promotion.withdraw_model(project=project, alias="production", reason="x", actor=lead)
    assert not Alias.objects.exists()


def test_only_a_lead_with_a_reason_takes_out_what_serves() -> None:
    run = make_decided_run()
    promotion.promote(request=ask(run, alias="canary"), actor=lead_of(run.project))
    with pytest.raises(InvalidInput):
        promotion.withdraw_model(
            project=run.project, alias="canary", reason=" ", actor=lead_of(run.project)
        )
    with pytest.raises(PermissionDeniedError):
        promotion.withdraw_model(
            project=run.project,
            alias="canary",
            reason="x",
            actor=make_member(run.project, Role.REVIEWER),
        )
    with pytest.raises(InvalidTransition):
        promotion.withdraw_model(
            project=run.project, alias="shadow", reason="x", actor=lead_of(run.project)
        )


def test_a_document_says_until_when_it_was_true() -> None:
    project = make_decided_run().project
    lead = lead_of(project)
    _old, new = served_by(project, "old", "new")
    address = reverse("evaluation:promotion", args=[project.slug, new.pk])
    client = signed_in(lead)
    assert "new serves as production" in page_text(client.get(address))
    promotion.roll_back(project=project, alias="production", reason="Bad.", actor=lead)
    page = page_text(client.get(address))
    assert "new served as production" in page
    assert re.search(
        r"Replaces old\.\s+In service from [^,]+, [\d:]+ UTC\s+to [^,]+, [\d:]+ UTC", page
    )


def test_who_still_votes_neither_reads_the_evidence_nor_signs() -> None:
    run = make_voting_run(examples=30)
    voter = voting_lead(run)
    made = promotion.promote(
        request=ask(run, override_reason="Deadline."), actor=lead_of(run.project)
    )
    client = signed_in(voter)
    page = page_text(client.get(reverse("evaluation:promotion", args=[run.project.slug, made.pk])))
    assert "its figures would influence you" in page
    assert "Evidence" not in page
    assert "Sign and put in service" not in page
    with pytest.raises(PermissionDeniedError, match="influence"):
        promotion.sign(promotion_id=made.pk, actor=voter, note="Read it.")


def test_the_audit_trail_tells_voters_nothing_of_gates_until_the_run_is_closed() -> None:
    run = make_voting_run(examples=30)
    voter = voting_lead(run)
    RunEvent.objects.create(
        project=run.project, run=run, action="gate_changed", reason="The interval lies above 50 %"
    )
    for name in ("audit", "audit_file"):
        address = reverse(name, args=[run.project.slug])
        mine, theirs = (
            b"".join(signed_in(member).get(address)).decode()  # A file comes in pieces.
            for member in (voter, lead_of(run.project))
        )
        assert "above 50 %" not in mine
        assert "above 50 %" in theirs
    EvaluationRun.objects.filter(pk=run.pk).update(state=RunState.CLOSED)
    page = page_text(signed_in(voter).get(reverse("audit", args=[run.project.slug])))
    assert "above 50 %" in page
