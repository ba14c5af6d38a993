"""The audit trail: complete, ordered, pageable, and out of the application's hands."""

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from datasets.models import ProjectEvent, Role
from reviewapp import audit, database
from reviewapp.grants import history_models
from reviewapp.localpg import RUNTIME
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db


def test_pages_hold_every_event_once_in_order() -> None:
    project = make_project()
    moment = timezone.now()
    for number in range(7):
        ProjectEvent.objects.create(project=project, action=f"a{number}", at=moment)
    everything = [entry.event.pk for entry in audit.everything(project, audit.Filters())]
    paged: list[int] = []
    after = None
    while found := audit.page(project, audit.Filters(), after=after, size=3):
        paged += [entry.event.pk for entry in found]
        after = audit.parse_cursor(found[-1].cursor)
    assert paged == everything
    assert len(set(paged)) == len(paged) == 8


def test_filters_narrow_by_who_and_what() -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    ProjectEvent.objects.create(project=project, actor=lead, action="change_settings")
    mine = audit.page(project, audit.Filters(actor=lead.email), after=None, size=10)
    assert [entry.event.action for entry in mine] == ["change_settings"]
    other = audit.page(project, audit.Filters(kind="run"), after=None, size=10)
    assert other == []


def test_people_are_found_by_a_part_of_their_name_and_the_system_by_its_own() -> None:
    project = make_project()
    ada = make_member(project, Role.LEAD, name="Ada Lindqvist")
    ProjectEvent.objects.create(project=project, actor=ada, action="mine")
    ProjectEvent.objects.create(project=project, actor=None, action="nobodys")

    def found(who: str) -> set[str]:
        entries = audit.page(project, audit.Filters(actor=who), after=None, size=50)
        return {entry.event.action for entry in entries}

    assert found("lindq") == found(ada.email[:5].upper()) == {"mine"}
    assert "nobodys" in found("System")
    assert "mine" not in found("System")
    assert found("nobody at all") == set()


def test_another_projects_events_are_not_shown() -> None:
    make_project("other")
    assert [
        entry.event.project.slug
        for entry in audit.page(make_project("mine"), audit.Filters(), after=None, size=9)
    ] == ["mine"]


def test_the_page_and_the_file_show_the_same(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    ProjectEvent.objects.create(project=project, action="odd", reason="=SUM(A1)")
    assert "Create project" in client.get(reverse("audit", args=[project.slug])).content.decode()
    response = client.get(reverse("audit_file", args=[project.slug]))
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert "create_project" in text
    assert "'=SUM(A1)" in text, "a spreadsheet must not run what somebody typed"


def test_a_mangled_address_shows_the_first_page(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    address = reverse("audit", args=[project.slug])
    page = client.get(address, {"after": "x|y"})
    assert page.context["entries"] == client.get(address).context["entries"] != []


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"since": "soon"}, "since"),
        ({"kind": "weather"}, "kind"),
        ({"since": "2026-11-20", "until": "2026-11-19"}, "until"),
    ],
)
def test_a_filter_that_makes_no_sense_is_told_and_shows_nothing_else(
    client: Client, filters: dict[str, str], field: str
) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    page = client.get(reverse("audit", args=[project.slug]), filters)
    assert page.context["entries"] == []
    assert field in page.context["form"].errors
    file = client.get(reverse("audit_file", args=[project.slug]), filters, follow=True)
    assert field in file.context["form"].errors


def test_an_action_is_looked_for_by_its_words_too(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    address = reverse("audit", args=[project.slug])
    for asked in ("Create project", "create_project"):
        (entry,) = client.get(address, {"action": asked}).context["entries"]
        assert entry.what == "Create project"


def test_the_orm_refuses_to_change_an_event() -> None:
    make_project()
    with pytest.raises(TypeError):
        ProjectEvent.objects.update(reason="other")
    with pytest.raises(TypeError):
        ProjectEvent.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_even_the_owner() -> None:
    make_project()
    table = ProjectEvent._meta.db_table
    for statement in (f"UPDATE {table} SET reason = 'x'", f"DELETE FROM {table}"):  # noqa: S608
        with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", list(history_models()), ids=lambda model: model.__name__)
def test_the_runtime_role_cannot_alter_history(model: type) -> None:
    parameters = database.parameters(RUNTIME)
    parameters["dbname"] = settings.DATABASES["default"]["NAME"]
    table = model._meta.db_table  # type: ignore[attr-defined]
    statements = [f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"]  # noqa: S608
    if not getattr(model, "mutable_columns", ()):
        statements.append(f"UPDATE {table} SET id = id")  # noqa: S608
    with psycopg.connect(**parameters, autocommit=True) as other:
        for statement in statements:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(statement)
