"""The second lead is independent of the first: no account of the asker's making can sign."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from evaluation.promotion import actions as promotion
from evaluation.promotion.models import Alias, Promotion
from evaluation.promotion.requests import PromotionRequest
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people import independence
from reviewapp.people.actions import members as people
from reviewapp.people.actions import projects
from reviewapp.people.models import Project, Role, User
from tests.datasets.curation.pages import page_text, signed_in
from tests.factories.people import make_member, make_project, make_user
from tests.factories.runs import make_voting_run

pytestmark = pytest.mark.django_db


def asked(project: Project, by: User) -> Promotion:
    run = make_voting_run(project)
    request = PromotionRequest(
        run_id=run.pk, alias="production", note="x", override_reason="Deadline."
    )
    return promotion.promote(request=request, actor=by)


def sign(made: Promotion, by: User) -> None:
    promotion.sign(promotion_id=made.pk, actor=by, note="Read it.")


def add(project: Project, user: User, role: Role, by: User | None) -> None:
    people.add_member(project=project, email=user.email, role=role, actor=by)


def remove(project: Project, user: User, role: Role, by: User) -> None:
    people.remove_member(project=project, user=user, role=role, actor=by, reason="x")


def test_an_account_that_the_asker_made_cannot_sign() -> None:
    project = make_project()
    asker, third = make_member(project, Role.LEAD), make_member(project, Role.LEAD)
    new = people.add_member(
        project=project, email="sock@example.com", role=Role.REVIEWER, actor=asker
    ).user
    add(project, new, Role.LEAD, by=third)
    made = asked(project, asker)
    with pytest.raises(PermissionDeniedError, match="created your account"):
        sign(made, new)
    people.set_password(user=new, password="chosen by the asker")
    new.refresh_from_db()
    page = page_text(
        signed_in(new).get(reverse("evaluation:promotion", args=[project.slug, made.pk]))
    )
    assert "created your account, so another lead must sign this" in page
    assert "Sign and put in service" not in page
    assert not Alias.objects.exists()


def test_an_operator_who_gives_a_new_password_makes_an_account_independent() -> None:
    project = make_project()
    asker, third = make_member(project, Role.LEAD), make_member(project, Role.LEAD)
    new = people.add_member(
        project=project, email="real@example.com", role=Role.LEAD, actor=third
    ).user
    made = asked(project, third)
    with pytest.raises(PermissionDeniedError, match="created your account"):
        sign(made, new)
    people.give_one_time_password(user=new)
    with pytest.raises(PermissionDeniedError, match="added you to this project"):
        sign(made, new)
    remove(project, new, Role.LEAD, by=asker)
    add(project, new, Role.LEAD, by=asker)
    promotion.decline(promotion_id=made.pk, actor=third, reason="Ask again.")
    sign(asked(project, third), new)
    assert Alias.objects.exists()


@pytest.mark.parametrize("role_given_by_the_asker", [Role.LEAD, Role.ANNOTATOR])
def test_whom_the_asker_added_or_made_lead_cannot_sign(role_given_by_the_asker: Role) -> None:
    project = make_project()
    asker, third = make_member(project, Role.LEAD), make_member(project, Role.LEAD)
    other = make_user()
    add(project, other, role_given_by_the_asker, by=asker)
    add(project, other, Role.LEAD, by=third)
    with pytest.raises(PermissionDeniedError, match="added you"):
        sign(asked(project, asker), other)


@pytest.mark.parametrize("is_middle_removed", [False, True])
def test_an_account_made_through_another_account_of_the_asker_cannot_sign(
    *, is_middle_removed: bool
) -> None:
    project = make_project()
    asker = make_member(project, Role.LEAD)
    add = people.add_member
    middle = add(project=project, email="a@example.com", role=Role.LEAD, actor=asker).user
    last = add(project=project, email="b@example.com", role=Role.LEAD, actor=middle).user
    if is_middle_removed:
        people.give_one_time_password(user=middle)
        remove(project, middle, Role.LEAD, by=asker)
    made = asked(project, asker)
    with pytest.raises(PermissionDeniedError, match="through"):
        sign(made, last)


def test_a_lead_cannot_sign_what_an_account_of_their_making_asked_for() -> None:
    project = make_project()
    signer = make_member(project, Role.LEAD)
    asker = people.add_member(
        project=project, email="sock@example.com", role=Role.LEAD, actor=signer
    ).user
    made = asked(project, asker)
    with pytest.raises(PermissionDeniedError, match="through you"):
        sign(made, signer)


def test_a_lead_made_after_the_request_cannot_sign() -> None:
    project = make_project()
    asker = make_member(project, Role.LEAD)
    made = asked(project, asker)
    late = make_member(project, Role.LEAD)
    with pytest.raises(PermissionDeniedError, match="after this was asked for"):
        sign(made, late)


def test_a_lead_made_anew_after_the_request_cannot_sign() -> None:
    project = make_project()
    asker, third, other = (make_member(project, Role.LEAD) for _ in range(3))
    made = asked(project, asker)
    remove(project, other, Role.LEAD, by=third)
    add(project, other, Role.LEAD, by=third)
    with pytest.raises(PermissionDeniedError, match="after this was asked for"):
        sign(made, other)


def test_another_role_from_the_asker_keeps_a_lead_independent() -> None:
    project = make_project()
    asker, other = make_member(project, Role.LEAD), make_member(project, Role.LEAD)
    add(project, other, Role.REVIEWER, by=asker)
    sign(asked(project, asker), other)
    assert Alias.objects.exists()


def test_the_founder_of_a_project_and_a_site_admin_can_sign(settings: Any) -> None:
    settings.LEADS_CREATE_PROJECTS = True
    for make_admin in (False, True):
        founder = make_member(make_project(), Role.LEAD)
        project = projects.create_project(slug=f"house-of-{founder.pk}", actor=founder)
        asker = make_member(project, Role.LEAD)
        signer = founder
        if make_admin:
            signer = User.objects.create_superuser(email="root@example.com", password="x" * 20)
        sign(asked(project, asker), signer)
    assert Alias.objects.count() == 2


def test_home_counts_only_what_the_lead_may_sign() -> None:
    project = make_project()
    asker, other = make_member(project, Role.LEAD), make_member(project, Role.LEAD)
    mine = people.add_member(
        project=project, email="sock2@example.com", role=Role.LEAD, actor=asker
    ).user
    asked(project, asker)
    people.set_password(user=mine, password="chosen by the asker")
    mine.refresh_from_db()
    pages = {
        who: page_text(signed_in(who).get(reverse("project_home", args=[project.slug])))
        for who in (mine, other)
    }
    assert "to sign as second lead" in pages[other]
    assert "to sign as second lead" not in pages[mine]


@pytest.mark.parametrize(("by_same", "hours", "warned"), [(1, 1, 1), (1, 0, 0), (0, 1, 0)])
def test_accounts_that_one_user_added_together_are_pointed_out(
    monkeypatch: pytest.MonkeyPatch, by_same: int, hours: int, warned: int
) -> None:
    monkeypatch.setattr(independence, "TOGETHER", timedelta(hours=hours))
    project = make_project()
    first, other = make_member(project, Role.LEAD), make_member(project, Role.LEAD)
    asker, signer = make_user(), make_user()
    add(project, asker, Role.LEAD, by=first)
    add(project, signer, Role.LEAD, by=first if by_same else other)
    made = asked(project, asker)
    page = reverse("evaluation:promotion", args=[project.slug, made.pk])
    assert signed_in(signer).get(page).context["added_together"] is bool(warned)
    sign(made, signer)
    assert signed_in(first).get(page).context["added_together"] is bool(warned)
