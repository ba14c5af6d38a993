"""Invitations by link: for one address, once, until they expire, are revoked or their lead goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.actions import invitations
from reviewapp.people.actions import members as people
from reviewapp.people.models import Invitation, Membership, ProjectEvent, Role, User
from tests.factories.people import make_member, make_project, make_user

pytestmark = pytest.mark.django_db
NEW = {"name": "Ines Calvo", "password": "violet-harbour-93"}


def invite(
    email: str = "ines@example.com", role: str = Role.REVIEWER, **given: Any
) -> invitations.NewInvitation:
    """Return a new invitation by a new lead."""
    lead = make_member(make_project(), Role.LEAD, name="Ada")
    given = {"project": lead.memberships.get().project, "actor": lead} | given
    return invitations.invite(email=email, role=role, **given)


def address(secret: str) -> str:
    return reverse("invitation", args=[secret])


def test_a_lead_gets_the_link_once_and_only_its_digest_is_stored(client: Client) -> None:
    lead = make_member(make_project(), Role.LEAD)
    project = lead.memberships.get().project
    client.force_login(lead)
    form = {"invite-email": " Ines@Example.com", "invite-role": "reviewer", "invite-days": "7"}
    page = client.post(reverse("invite_member", args=[project.slug]), form)
    link = page.context["link"]
    secret = link.rstrip("/").rpartition("/")[2]
    stored = Invitation.objects.get()
    assert stored.email == "ines@example.com"
    assert link.startswith("http://testserver/")
    assert secret not in str(Invitation.objects.values())
    listed = client.get(reverse("members", args=[project.slug])).content.decode()
    assert secret not in listed
    assert "ines@example.com" in listed
    event = ProjectEvent.objects.get(action="invite_member")
    assert (event.actor, event.after) == (lead, "reviewer")
    assert "ines" not in str(event.detail)


def test_the_invited_person_chooses_name_and_password_and_is_signed_in(client: Client) -> None:
    made = invite()
    assert client.get(address(made.secret)).status_code == 200
    assert not User.objects.filter(email="ines@example.com").exists(), "opening it changes nothing"
    response = client.post(address(made.secret), NEW)
    assert response["Location"] == reverse("project_home", args=[made.invitation.project.slug])
    assert client.get(response["Location"]).status_code == 200
    user = User.objects.get(email="ines@example.com")
    assert (user.name, user.check_password(NEW["password"])) == (NEW["name"], True)
    assert user.memberships.get().role == Role.REVIEWER
    assert user.password_known_to() == made.invitation.created_by_id
    event = ProjectEvent.objects.get(action="add_member", subject=user)
    assert event.actor == made.invitation.created_by


def test_a_link_works_once() -> None:
    made = invite()
    invitations.accept_with_password(secret=made.secret, **NEW)
    with pytest.raises(InvalidTransition):
        invitations.accept_with_password(secret=made.secret, **NEW)


def test_a_link_that_is_unknown_used_revoked_or_expired_gets_one_response(client: Client) -> None:
    used, revoked, expired, orphaned = (invite(f"p{n}@example.com") for n in range(4))
    invitations.accept_with_password(secret=used.secret, **NEW)
    revoke(revoked.invitation)
    past = timezone.now() - timedelta(seconds=1)
    Invitation.objects.filter(pk=expired.invitation.pk).update(expires_at=past)
    Membership.objects.filter(user=orphaned.invitation.created_by).delete()
    pages = {
        (response.status_code, response.content)
        for secret in (used.secret, revoked.secret, expired.secret, orphaned.secret, "unknown")
        for response in [client.get(address(secret), headers={"X-Test": "1"})]
    }
    assert len({status for status, _ in pages}) == 1
    assert {status for status, _ in pages} == {404}


def revoke(invitation: Invitation) -> bool:
    return invitations.revoke_invitation(
        project=invitation.project, invitation_id=invitation.pk, actor=invitation.created_by
    )


def test_an_existing_user_joins_with_one_click_and_keeps_the_password(client: Client) -> None:
    user = make_user()
    made = invite(user.email)
    client.force_login(user)
    assert client.post(address(made.secret)).status_code == 302
    assert user.memberships.get().project == made.invitation.project
    user.refresh_from_db()
    assert user.check_password("a long password")


def test_a_link_does_not_replace_the_password_of_an_existing_account(client: Client) -> None:
    user = make_user()
    made = invite(user.email)
    response = client.post(address(made.secret), NEW)
    assert response.status_code == 422
    user.refresh_from_db()
    assert user.check_password("a long password")
    assert not user.memberships.exists()


def test_a_link_is_for_the_invited_address_only(client: Client) -> None:
    made = invite()
    client.force_login(make_user())
    assert client.get(address(made.secret)).context["is_other"]
    assert client.post(address(made.secret)).status_code == 403
    assert Invitation.objects.pending().count() == 1


def test_inviting_says_the_same_whether_or_not_the_address_has_an_account(client: Client) -> None:
    lead = make_member(make_project(), Role.LEAD)
    client.force_login(lead)
    page = reverse("invite_member", args=[lead.memberships.get().project.slug])
    known = make_user().email
    shown = []
    for email in (known, "n" + known[1:]):
        form = {"invite-email": email, "invite-role": "reviewer", "invite-days": "7"}
        response = client.post(page, form)
        alert = response.content.decode().partition('alert-success"')[2].partition("</p>")[0]
        shown.append((response.status_code, alert.replace(email, "")))
    assert shown[0] == shown[1]


def test_a_new_link_for_the_same_role_replaces_the_earlier_one() -> None:
    first = invite()
    project, lead = first.invitation.project, first.invitation.created_by
    second = invite(project=project, actor=lead)
    assert invitations.find_invitation(first.secret) is None
    assert invitations.find_invitation(second.secret) == second.invitation


def test_only_a_lead_invites_and_revokes() -> None:
    made = invite()
    reviewer = make_member(made.invitation.project, Role.REVIEWER)
    with pytest.raises(PermissionDeniedError):
        invite(project=made.invitation.project, actor=reviewer)
    with pytest.raises(PermissionDeniedError):
        invitations.revoke_invitation(
            project=made.invitation.project, invitation_id=made.invitation.pk, actor=reviewer
        )
    other = make_member(make_project(), Role.LEAD)
    assert not invitations.revoke_invitation(
        project=other.memberships.get().project, invitation_id=made.invitation.pk, actor=other
    )
    assert invitations.find_invitation(made.secret)


@pytest.mark.parametrize("days", [0, 31])
def test_a_link_lasts_at_most_30_days(days: int) -> None:
    with pytest.raises(InvalidInput):
        invite(days=days)


def test_a_weak_password_is_rejected_at_its_field_and_the_name_is_kept(client: Client) -> None:
    made = invite()
    response = client.post(address(made.secret), NEW | {"password": "ines"})
    assert response.status_code == 422
    assert response.context["form"].errors.keys() == {"password"}
    assert NEW["name"] in response.content.decode()


def test_attempts_are_limited_by_address(client: Client, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    statuses = [client.post(address("unknown"), NEW).status_code for _ in range(11)]
    assert statuses == [404] * 10 + [429]


def test_a_second_lead_by_invitation_is_not_independent_of_the_inviting_lead() -> None:
    made = invite(role=Role.LEAD)
    user = invitations.accept_with_password(secret=made.secret, **NEW)
    assert user.password_known_to() == made.invitation.created_by_id


def test_a_new_account_needs_an_address_that_an_identity_provider_verified() -> None:
    made = invite()
    assert invitations.create_invited_user(secret=made.secret, emails=["x@example.com"]) is None
    user = invitations.create_invited_user(secret=made.secret, emails=["Ines@example.com"])
    assert user is not None
    assert not user.has_usable_password()
    invitations.accept(secret=made.secret, user=user)
    assert people.find_person("ines@example.com").password_known_to() is None
