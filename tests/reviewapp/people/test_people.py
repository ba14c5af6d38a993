"""adduser, createtoken, members, one-time passwords."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.actions import members as people
from reviewapp.people.models import Membership, Project, ProjectEvent, Role, User
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    call_command(*words, "--json")
    return dict(json.loads(capsys.readouterr().out))


def test_adduser_makes_an_account_with_a_password_that_works_once(
    capsys: pytest.CaptureFixture[str], client: Client
) -> None:
    make_project("aurora")
    made = run_json(
        capsys, "adduser", "Ines@Example.com", "--project", "aurora", "--role", "reviewer"
    )
    assert made["email"] == "ines@example.com"
    login = client.post(
        reverse("account_login"), {"login": made["email"], "password": made["password"]}
    )
    assert login.status_code == 302
    assert client.get("/", follow=True).redirect_chain[-1][0] == reverse("account_change_password")
    page = client.get(reverse("account_change_password")).content.decode()
    assert "One-time password" in page
    assert "password/reset" not in page
    kept = {"oldpassword": made["password"], "password1": made["password"]}
    rejected = client.post(
        reverse("account_change_password"), kept | {"password2": made["password"]}
    )
    assert "This is your present password" in rejected.content.decode()
    assert User.objects.get(email="ines@example.com").must_change_password
    new = "a better long password"
    change = {"oldpassword": made["password"], "password1": new, "password2": new}
    client.post(reverse("account_change_password"), change)
    assert not User.objects.get(email="ines@example.com").must_change_password
    assert User.objects.get(email="ines@example.com").check_password(new)


def test_no_page_offers_a_link_by_mail_where_no_mail_is_sent(client: Client) -> None:
    client.force_login(make_member(make_project(), Role.LEAD))
    for name in ("account_change_password", "account_reauthenticate"):
        page = client.get(reverse(name)).content.decode()
        assert "Ask your administrator for a new one" in page, name
        assert "password/reset" not in page, name


def test_adding_the_same_role_twice_is_the_same_as_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = make_project("aurora")
    words = ("adduser", "ines@example.com", "--project", "aurora", "--role", "reviewer")
    run_json(capsys, *words)
    again = run_json(capsys, *words)
    assert again["created"] is False
    assert again["password"] is None
    assert Membership.objects.filter(project=project).count() == 1
    assert ProjectEvent.objects.filter(project=project, action="add_member").count() == 1


def test_adduser_in_a_missing_project_says_which_there_are() -> None:
    make_project("aurora")
    with pytest.raises(CommandError, match="There is: aurora"):
        call_command("adduser", "a@example.com", "--project", "arora", "--role", "lead")
    assert not User.objects.exists()


def test_adduser_can_make_the_project() -> None:
    call_command(
        "adduser", "a@example.com", "--project", "new", "--role", "lead", "--create-project"
    )
    assert Project.objects.get(slug="new").memberships.get().role == Role.LEAD


def test_createtoken_prints_the_token_alone_on_standard_output(
    capsys: pytest.CaptureFixture[str], client: Client
) -> None:
    member = make_member(make_project(), Role.LEAD)
    call_command("createtoken", member.email)
    secret = capsys.readouterr().out.strip()
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/me", headers=headers).json()["email"] == member.email


def test_the_last_lead_stays() -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    with pytest.raises(PermissionDeniedError, match="last lead"):
        people.remove_member(
            project=project, user=lead, role=Role.LEAD, actor=lead, reason="leaving"
        )
    assert project.memberships.exists()


def test_a_lead_adds_and_removes_members_on_the_page(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    data = {"email": "new@example.com", "name": "New", "role": "annotator"}
    page = client.post(reverse("add_member", args=[project.slug]), data)
    assert "One-time password" in page.content.decode()
    again = client.post(reverse("add_member", args=[project.slug]), data).content.decode()
    assert "had this role already" in again
    assert "One-time password" not in again
    added = project.memberships.get(user__email="new@example.com")
    client.post(reverse("remove_member", args=[project.slug, added.pk]), {"reason": "left"})
    assert not project.memberships.filter(user__email="new@example.com").exists()
    actions = ProjectEvent.objects.filter(project=project, subject=added.user)
    assert list(actions.order_by("pk").values_list("action", flat=True)) == [
        "add_member",
        "remove_member",
    ]


def test_a_wrong_address_is_a_form_with_its_error(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    data = {"email": "no address", "role": "annotator"}
    page = client.post(reverse("add_member", args=[project.slug]), data)
    assert page.status_code == 422
    assert "no address" in page.content.decode()


def test_demo_sign_in_exists_only_in_the_demo(client: Client, settings: object) -> None:
    user = User.objects.create_user("demo@example.com", is_demo=True)
    other = User.objects.create_user("real@example.com")
    address = reverse("demo_sign_in")
    assert client.post(address, {"email": user.email}).status_code == 404
    settings.DEMO = True  # type: ignore[attr-defined]
    assert client.post(address, {"email": other.email}).status_code == 404
    assert client.post(address, {"email": user.email}).status_code == 302


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("adduser", "a@b.example", "--project", "x" * 61, "--create-project"), "at most 60"),
        (("adduser", f"{'a' * 250}@b.example", "--project", "house"), "at most 254"),
        (("adduser", "a@b.example", "--project", "house", "--name", "x" * 121), "at most 120"),
        (("createtoken", "lead@house.example", "--name", "x" * 81), "at most 80"),
    ],
)
def test_what_is_too_long_to_be_kept_is_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    project = make_project("house")
    User.objects.create_user(email="lead@house.example")
    more = ("--role", "lead") if words[0] == "adduser" else ()
    with pytest.raises(CommandError, match=sentence):
        call_command(*words, *more)
    assert list(Project.objects.all()) == [project]
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "name",
    [
        "Ada\nLovelace",
        "Ada\u202ealevoL",
        "Ada\u200b",
        "\u0410da",
        "Ad\u0430 Lovelace",
        "A\0da",
        "A\u2028da",
    ],
)
def test_a_name_with_lookalike_characters_is_rejected(client: Client, name: str) -> None:
    project = make_project("house")
    with pytest.raises(CommandError, match="Type "):
        call_command("adduser", "a@b.example", "--project=house", "--role=lead", f"--name={name}")
    client.force_login(make_member(project, Role.LEAD))
    fields = {"email": "a@b.example", "name": f"x{name}", "role": "lead"}
    page = client.post(reverse("add_member", args=[project.slug]), fields)
    assert page.status_code == 422
    assert not User.objects.filter(email="a@b.example").exists()


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("  José  García ", "José García"),
        ("Jose\u0301", "José"),
        *((name, name) for name in ("Ада Лавлейс", "Ελένη", "O’Brien-Smith Jr.", "李 明")),
        *((name, name) for name in ("علی\u200cرضا", "Ada Лавлейс", "X Æ A-12")),
    ],
)
def test_a_name_in_any_one_script_is_kept_in_normal_form(name: str, stored: str) -> None:
    added = people.add_member(project=make_project(), email="a@b.example", role="lead", name=name)
    assert added.user.name == stored


def test_one_person_is_never_two_however_the_address_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = make_project("house")
    first = people.add_member(project=project, email="ines@example.com", role="lead").user
    for email in (" Ines@Example.com", "INES@EXAMPLE.COM\t", "ines@example.com"):
        assert people.add_member(project=project, email=email, role="reviewer").user == first
        assert User.objects.get_by_natural_key(email) == first
        assert people.find_person(email) == first
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=first.pk).update(email="Ines@example.com")


def test_the_reason_of_a_removal_is_stripped_and_limited() -> None:
    project = make_project()
    lead, other = make_member(project, Role.LEAD), make_member(project, Role.REVIEWER)
    given = {"project": project, "user": other, "role": Role.REVIEWER, "actor": lead}
    with pytest.raises(InvalidInput, match="2,000 characters"):
        people.remove_member(**given, reason="x" * 2001)  # type: ignore[arg-type]
    member = other.memberships.get()
    client = Client()
    client.force_login(lead)
    rejected = client.post(
        reverse("remove_member", args=[project.slug, member.pk]), {"reason": "x" * 2001}
    )
    assert rejected.status_code == 409
    people.remove_member(**given, reason="  left\n")  # type: ignore[arg-type]
    assert ProjectEvent.objects.get(action="remove_member").reason == "left"
