"""The audit trail: complete, ordered, pageable, and out of the application's hands."""

import ast
import re
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, TypeGuard

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from datasets.curation.lifecycle import Action
from evaluation.promotion import actions as promotion
from evaluation.promotion.service_history import PromotionKind
from evaluation.results.actions import gates
from evaluation.runs.lifecycle import RunAction
from evaluation.runs.models import EvaluationRun, RunEvent
from evaluation.voting.actions import leases, votes
from reviewapp.audit import trail as audit
from reviewapp.core.audit import registry
from reviewapp.core.audit.grants import fixed_columns, history_models
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.audit.registry import action_label
from reviewapp.core.messages import message
from reviewapp.core.texts import render
from reviewapp.ops import database
from reviewapp.ops.localpg import RUNTIME
from reviewapp.people.actions import members as people
from reviewapp.people.models import ProjectEvent, Role, User
from tests.factories.people import make_member, make_project, make_user
from tests.factories.voting import make_small_run
from tests.trees import tree_of

pytestmark = pytest.mark.django_db


def filters(**fields: Any) -> audit.Filters:
    """Filters of a reader from whom nothing is hidden."""
    return audit.Filters(reader=make_user(), **fields)


def test_pages_hold_every_event_once_in_order() -> None:
    project = make_project()
    # One statement, so that they have the same time.
    ProjectEvent.objects.bulk_create(
        ProjectEvent(project=project, action=f"a{number}") for number in range(7)
    )
    all_entries = [entry.event.pk for entry in audit.all_entries(project, filters())]
    paged: list[int] = []
    after = None
    while found := audit.page(project, filters(), after=after, size=3):
        paged += [entry.event.pk for entry in found]
        after = audit.parse_cursor(found[-1].cursor)
    assert paged == all_entries
    assert len(set(paged)) == len(paged) == 8


def test_filters_narrow_by_who_and_what() -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    ProjectEvent.objects.create(project=project, actor=lead, action="change_settings")
    mine = audit.page(project, filters(actor=lead.email), after=None, size=10)
    assert [entry.event.action for entry in mine] == ["change_settings"]
    other = audit.page(project, filters(kind="run"), after=None, size=10)
    assert other == []


def test_actors_are_found_by_a_part_of_their_name_and_the_system_by_its_own() -> None:
    project = make_project()
    ada = make_member(project, Role.LEAD, name="Ada Lindqvist")
    ProjectEvent.objects.create(project=project, actor=ada, action="mine")
    ProjectEvent.objects.create(project=project, actor=None, action="of_the_system")

    def found(who: str) -> set[str]:
        entries = audit.page(project, filters(actor=who), after=None, size=50)
        return {entry.event.action for entry in entries}

    assert found("lindq") == found(ada.email[:5].upper()) == {"mine"}
    assert "of_the_system" in found("System")
    assert "mine" not in found("System")
    assert found("no such actor") == set()


def test_another_projects_events_are_not_shown() -> None:
    make_project("other")
    assert [
        entry.event.project.slug
        for entry in audit.page(make_project("mine"), filters(), after=None, size=9)
    ] == ["mine"]


def test_the_page_and_the_file_show_the_same(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    ProjectEvent.objects.create(project=project, action="odd", reason="=SUM(A1)")
    assert "Create project" in client.get(reverse("audit", args=[project.slug])).content.decode()
    response = client.get(reverse("audit_file", args=[project.slug]))
    text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
    assert "create_project" in text
    assert "'=SUM(A1)" in text, "a spreadsheet must not run what a user typed"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            {
                "action": "decision_changed",
                "before": "keep_voting",
                "after": "reject",
                "reason": "cannot_be_shown",
            },
            ("Decision changed", "Keep voting", "Reject", "Not proven with this set"),
        ),
        (
            {"action": "remove_rater", "detail": {"rater": "Ann"}},
            ("Remove reviewer: Ann", "", "", ""),
        ),
    ],
)
def test_codes_of_a_run_are_shown_in_words(event: dict[str, Any], words: tuple[str, ...]) -> None:
    run, _people = make_small_run()
    RunEvent.objects.create(project=run.project, run=run, **event)
    entry = audit.page(run.project, filters(), after=None, size=1)[0]
    assert (entry.what, entry.before, entry.after, entry.reason) == words


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
def test_an_invalid_filter_is_shown_at_its_field_without_entries(
    client: Client, filters: dict[str, str], field: str
) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    page = client.get(reverse("audit", args=[project.slug]), filters)
    assert page.context["entries"] == []
    assert field in page.context["form"].errors
    file = client.get(reverse("audit_file", args=[project.slug]), filters, follow=True)
    assert field in file.context["form"].errors


def test_an_action_is_found_by_its_name_and_its_code(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    address = reverse("audit", args=[project.slug])
    for asked in ("Create project", "create_project"):
        (entry,) = client.get(address, {"action": asked}).context["entries"]
        assert entry.what == "Create project"


def test_the_page_is_in_the_language_of_its_reader(client: Client) -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    User.objects.filter(pk=lead.pk).update(language="de")
    client.force_login(lead)
    address = reverse("audit", args=[project.slug])
    with translation.override("de"):
        name, system = action_label("create_project"), gettext("system")
    assert name != action_label("create_project")
    (entry,) = client.get(address, {"action": name, "actor": system}).context["entries"]
    assert entry.event.action == "create_project"
    file = client.get(reverse("audit_file", args=[project.slug]))
    rows = b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    assert ",system,project," in rows


def test_a_reason_of_the_system_is_stored_as_a_code() -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    people.create_token(user=lead)
    people.set_password(user=lead, password="another long password", actor=lead)
    entry = audit.page(project, filters(action="revoke_token"), after=None, size=1)[0]
    assert entry.event.reason == ""
    assert entry.event.detail["reason"]["code"] == "people.password_changed"
    assert entry.reason == render(message("people.password_changed"))


def recorded_actions() -> set[str]:
    """Return the literal actions of the calls that record an event, and those of the enums."""
    codes = {*Action, *RunAction, *PromotionKind}
    for app in ("reviewapp", "datasets", "evaluation"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            calls = (node for node in ast.walk(tree_of(path)) if is_record(node))
            for call in calls:
                arguments = [*call.args, *(k.value for k in call.keywords if k.arg == "action")]
                codes |= {
                    argument.value
                    for argument in arguments
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                }
    return codes


def is_record(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and bool(
        re.search(r"(record(_\w+)?|EventPayload|Event\.objects\.create)$", ast.unparse(node.func))
    )


def test_every_action_has_a_name() -> None:
    codes = recorded_actions()
    assert {"create_project", "freeze", "close", "undo_vote"} <= codes
    assert codes - set(registry._ACTIONS) == set()


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
def test_the_runtime_role_cannot_alter_history() -> None:
    forbidden: dict[str, list[str]] = {
        "django_migrations": [
            "DELETE FROM django_migrations",
            "UPDATE django_migrations SET name = name",
            "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
        ]
    }
    for model in history_models():
        table = model._meta.db_table
        forbidden[table] = [
            f"DELETE FROM {table}",  # noqa: S608
            f"TRUNCATE {table} CASCADE",
            *(f'UPDATE {table} SET "{column}" = "{column}"' for column in fixed_columns(model)),  # noqa: S608
        ]
        if issubclass(model, AuditEvent):
            forbidden[table].append(f"INSERT INTO {table} (id) VALUES (1)")  # noqa: S608
            forbidden[table].append(f"COPY {table} (id) FROM STDIN")
    errors = (psycopg.errors.InsufficientPrivilege, psycopg.errors.GeneratedAlways)
    with psycopg.connect(**runtime_parameters(), autocommit=True) as other:
        for statement in chain.from_iterable(forbidden.values()):
            with pytest.raises(errors):
                other.execute(statement)


def runtime_parameters() -> dict[str, Any]:
    parameters = database.parameters(RUNTIME)
    parameters["dbname"] = settings.DATABASES["default"]["NAME"]
    return parameters


@pytest.mark.parametrize("model", list(history_models()), ids=lambda model: model.__name__)
def test_the_owner_cannot_truncate_history(model: type[Model]) -> None:
    table = model._meta.db_table
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_the_database_dates_and_numbers_events() -> None:
    project = make_project()
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    forged = ProjectEvent.objects.create(project=project, action="forged", at=long_ago)
    forged.refresh_from_db()
    assert timezone.now() - forged.at < timedelta(minutes=5)
    for model in history_models():
        if issubclass(model, AuditEvent):
            with pytest.raises(DatabaseError, match="GENERATED ALWAYS"), transaction.atomic():
                fields: dict[str, Any] = {"id": 999_999, "action": "forged"}
                model(project=project, **fields).save(force_insert=True)


def world_with_evidence() -> EvaluationRun:
    run, (ann,) = make_small_run(reviewers=1)
    served = leases.lease_comparisons(run_id=run.pk, actor=ann)
    votes.cast_and_lease(actor=ann, lease_id=served[0].public_id, choice="left")
    lead = make_member(run.project, Role.LEAD)
    promotion.declare(
        project=run.project, alias="shadow", model_id=run.baseline_id, note="It is.", actor=lead
    )
    gates.measure_gates(run_id=run.pk)
    return run


def test_the_database_refuses_to_change_evidence_that_is_decided_on() -> None:
    world_with_evidence()
    forbidden = [
        "UPDATE evaluation_vote SET verdict = 'tie_bad', choice = 'both_bad'",
        "UPDATE evaluation_vote SET at = now()",
        "DELETE FROM evaluation_vote",
        'UPDATE evaluation_lease SET "left" = '
        "CASE \"left\" WHEN 'candidate' THEN 'baseline' ELSE 'candidate' END",
        "DELETE FROM evaluation_lease",
        "UPDATE evaluation_comparison SET prompt = '[]'",
        "UPDATE evaluation_comparison SET position = position + 1000",
        "DELETE FROM evaluation_comparison",
        "UPDATE evaluation_answer SET text = 'better'",
        "UPDATE evaluation_answer SET latency_ms = 1",
        "DELETE FROM evaluation_answer",
        "UPDATE evaluation_gatecheck SET gate = 'other'",
        "DELETE FROM evaluation_gatecheck",
        "UPDATE evaluation_promotion SET evidence = '{\"figures\": 1}'",
        "UPDATE evaluation_promotion SET effective_at = now()",
        "UPDATE evaluation_promotion SET signed_by_id = requested_by_id",
        "DELETE FROM evaluation_promotion",
    ]
    for statement in forbidden:
        with (
            pytest.raises(DatabaseError, match=r"append-only|cannot change"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
            raise AssertionError(f"taken: {statement}")


def test_the_runtime_role_may_vote_measure_and_promote(runtime_role: str) -> None:
    assert runtime_role
    run = world_with_evidence()
    assert run.votes.count() == 1
