"""System messages of a project: one click adds them, many at once too; none may be expected."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from datasets.bulk import actions as bulk
from datasets.bulk.models import BulkKind
from datasets.curation import actions as examples
from datasets.curation.filters import ExampleFilter
from datasets.curation.models import Finding, GoldenExample
from datasets.curation.system_messages import system_messages_of
from datasets.removals import tasks
from datasets.removals.actions import run_removal
from datasets.removals.models import FindingRemoval
from datasets.removals.tasks import start
from datasets.system_messages import actions
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.people.models import Project, ProjectEvent, Role, Scope
from tests.api_scripts import Script, script_of_lead
from tests.factories.examples import make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

TEXTS = {"de": "Du bist der Laden.", "": "You are the shop."}


@pytest.fixture
def project() -> Project:
    return make_project()


def change(project: Project, **more: Any) -> None:
    fields = {"requires_system_message": True, "system_messages": TEXTS, "actor": None, **more}
    start(actions.change_system_messages(project_id=project.pk, **fields))


def without(project: Project, language: str = "en", answer: str = "Yes.") -> GoldenExample:
    """Return an example without a system message."""
    turns = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": answer}]
    return make_example(project, content=make_content(messages=turns, language=language))


def finding_of(example: GoldenExample) -> Finding:
    return example.latest_revision.findings.get(code="missing_system")


def contents(example: GoldenExample) -> list[str]:
    example.refresh_from_db()
    return [turn["content"] for turn in example.latest_revision.messages]


@pytest.mark.parametrize(
    ("language", "text"), [("de-AT", TEXTS["de"]), ("en", TEXTS[""]), ("", TEXTS[""])]
)
def test_one_click_puts_that_of_the_language_first(
    project: Project, language: str, text: str
) -> None:
    lead, example = make_member(project, Role.LEAD), without(project, language)
    with pytest.raises(InvalidInput):
        examples.replace_finding(finding_id=finding_of(example).pk, actor=lead)
    change(project)
    revision = examples.replace_finding(finding_id=finding_of(example).pk, actor=lead)
    assert contents(example) == [text, "Hello?", "Yes."]
    assert (revision.note_text, example.open_findings) == (
        "Put the system message of the project first",
        0,
    )


def test_all_findings_of_an_example_are_replaced_with_it(project: Project) -> None:
    example = without(project, answer="Ask ann@example.org.")
    change(project)
    examples.replace_all_findings(
        example_id=example.pk, base_number=1, actor=make_member(project, Role.LEAD)
    )
    assert contents(example) == [TEXTS[""], "Hello?", "Ask [EMAIL]."]


def test_many_get_it_at_once_and_others_are_named(project: Project) -> None:
    lead = make_member(project, Role.LEAD)
    german, english = without(project, "de"), without(project)
    make_example(project)
    change(project, system_messages={"de": TEXTS["de"]})
    selection = bulk.Selection(example_filter=ExampleFilter(findings="missing_system"))
    kind = BulkKind.REPLACE_FINDINGS
    action = bulk.select_examples(project=project, kind=kind, selection=selection, actor=lead)
    bulk.choose_params(action_id=action.pk, actor=lead, params={"code": "missing_system"})
    bulk.run_bulk_action(action.pk)
    left = action.items.get(outcome="rejected")
    assert (left.example, left.reason.code) == (english, "bulk.no_system_message")
    bulk.confirm(action_id=action.pk, actor=lead)
    bulk.run_bulk_action(action.pk)
    assert (contents(german)[0], len(contents(english))) == (TEXTS["de"], 2)


def test_once_none_is_expected_the_findings_go_and_others_stay(project: Project) -> None:
    lead, example = make_member(project, Role.LEAD), without(project, answer="Ask a@example.org.")
    dismissed = without(project, "de")
    examples.dismiss_finding(
        finding_id=finding_of(dismissed).pk, actor=lead, reason="A greeting only."
    )
    change(project, requires_system_message=False, system_messages={}, actor=lead)
    example.refresh_from_db()
    assert [finding.code for finding in example.latest_revision.findings.all()] == [
        "personal_email"
    ]
    assert (example.open_findings, example.blocking_findings) == (1, 1)
    assert finding_of(dismissed).reason == "A greeting only."
    event = ProjectEvent.objects.get(action="take_away_missing_system")
    assert (event.actor, event.detail) == (lead, {"findings": 1, "examples": 1})


def test_where_many_examples_have_findings_a_worker_takes_them_away(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "INLINE_LIMIT", 0)
    lead, example = make_member(project, Role.LEAD), without(project)
    change(project)
    client.force_login(lead)
    page = reverse("datasets:system_messages", args=[project.slug])
    saved = client.post(page, {"text_": TEXTS[""]}, follow=True)
    progress = reverse("datasets:removal_progress", args=[project.slug, "missing_system"])
    assert progress in saved.content.decode()
    assert "being taken away" in saved.content.decode()
    with pytest.raises(InvalidInput):
        examples.replace_all_findings(example_id=example.pk, base_number=1, actor=lead)
    run_removal(FindingRemoval.objects.get().pk)
    example.refresh_from_db()
    assert (example.open_findings, example.latest_number) == (0, 1)
    event = ProjectEvent.objects.get(action="take_away_missing_system")
    assert (event.actor, event.detail) == (lead, {"findings": 1, "examples": 1})
    client.force_login(make_member(project, Role.ANNOTATOR))
    assert client.get(progress).status_code == 403


def test_switched_on_again_the_findings_that_are_left_stay(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "INLINE_LIMIT", 0)
    example = without(project)
    change(project, requires_system_message=False)
    change(project)
    run_removal(FindingRemoval.objects.get().pk)
    assert finding_of(example).state == Finding.State.OPEN


def test_only_leads_change_it_and_a_text_has_a_limit(project: Project) -> None:
    with pytest.raises(PermissionDeniedError):
        change(project, actor=make_member(project, Role.ANNOTATOR))
    with pytest.raises(InvalidInput):
        change(project, system_messages={"": "x" * (actions.MAX_LENGTH + 1)})


def test_the_page_proposes_what_examples_have_and_stores_it(
    client: Client, project: Project
) -> None:
    project.languages = ["de", "en"]
    project.save()
    for _ in range(2):
        make_example(project)
    other = [{"role": "system", "content": "Other."}, *make_content().messages[1:]]
    make_example(project, content=make_content(messages=other))
    without(project)
    client.force_login(make_member(project, Role.LEAD))
    page = reverse("datasets:system_messages", args=[project.slug])
    shown = client.get(page)
    assert shown.context["form"]["text_en"].value() == "You answer customers of a shop."
    assert (shown.context["missing"], shown.context["is_proposal"]) == (1, True)
    typed = {"requires_system_message": "on", "text_de": "Hallo\r\n", "text_en": " ", "text_": "Hi"}
    saved = client.post(page, typed, follow=True)
    assert system_messages_of(project) == {"de": "Hallo", "": "Hi"}
    assert "Add it to all" in saved.content.decode()
    new = reverse("datasets:new_example", args=[project.slug])
    assert ">\nHi</textarea>" in client.get(new).content.decode()


def test_the_example_offers_the_click_and_leads_a_place_to_write_it(
    client: Client, project: Project
) -> None:
    example = without(project)
    page = reverse("datasets:example", args=[project.slug, example.pk])
    settings = reverse("datasets:system_messages", args=[project.slug])
    replace = reverse("datasets:replace", args=[project.slug, finding_of(example).pk])
    lead, annotator = (make_member(project, role) for role in (Role.LEAD, Role.ANNOTATOR))
    client.force_login(lead)
    text = client.get(page).content.decode()
    assert (settings in text, replace in text) == (True, False)
    change(project)
    client.force_login(annotator)
    text = client.get(page).content.decode()
    assert (settings in text, replace in text) == (False, True)
    fields = {"role": ["user", "assistant"], "text": ["Hi?", "Yes."], "extra": ["{}", "{}"]}
    typed = client.post(f"{page}check/", {**fields, "language": "de"}).content.decode()
    assert f'data-system-message="{TEXTS["de"]}"' in typed


def test_a_script_of_a_lead_replaces_them(project: Project) -> None:
    example = without(project)
    path = f"projects/{project.slug}/system-messages"
    script = script_of_lead(project, Scope.EXAMPLES, Scope.MANAGE)
    texts = [{"language": code, "text": text} for code, text in sorted(TEXTS.items())]
    saved = script.put(path, requires_system_message=True, texts=texts).json()
    assert (saved["texts"], saved["missing"], saved["removal"]) == (texts, 1, None)
    assert script.put(path, requires_system_message=True, texts=texts * 2).status_code == 422
    bad = [{"language": "de", "text": "a\x00b"}]
    assert script.put(path, requires_system_message=True, texts=bad).status_code == 422
    script.put(path, requires_system_message=False)
    shown = script.get(path).json()
    assert (shown["texts"], shown["missing"]) == ([], 0)
    assert (shown["removal"]["state"], shown["removal"]["findings"]) == ("done", 1)
    example.refresh_from_db()
    assert example.open_findings == 0


def test_only_leads_with_the_scope_to_manage_write_by_script(project: Project) -> None:
    path = f"projects/{project.slug}/system-messages"
    reader = script_of_lead(project, Scope.EXAMPLES)
    assert reader.get(path).status_code == 200
    assert reader.put(path, requires_system_message=False).status_code == 403
    for role in (Role.ANNOTATOR, Role.REVIEWER):
        script = Script(make_member(project, role), Scope.EXAMPLES, Scope.MANAGE)
        assert script.put(path, requires_system_message=False).status_code == 403
        assert script.get(path).status_code == 403
    project.refresh_from_db()
    assert project.requires_system_message
