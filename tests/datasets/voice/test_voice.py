"""The house voice of a project: saved rules, findings made again, the pages, the file, the API."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from datasets.curation.actions import dismiss_finding, replace_finding, revise
from datasets.curation.actions.revision_storage import content_of
from datasets.curation.lifecycle import State
from datasets.curation.models import Finding, GoldenExample, Policy
from datasets.inspections.voice_rules import VoiceKind, VoiceRule
from datasets.voice import actions
from datasets.voice.current import current_ruleset, examples_with_findings, rules_of
from datasets.voice.documents import document_of, rules_of_document
from datasets.voice.forms import MAX_DOCUMENT_BYTES
from datasets.voice.models import VoiceInspection
from reviewapp.core.errors import InvalidInput, PermissionDeniedError
from reviewapp.jobs.models import JobState
from reviewapp.people.models import Project, ProjectEvent, Role
from tests.factories.examples import make_approved_example, make_content, make_example
from tests.factories.people import make_member, make_project

pytestmark = pytest.mark.django_db

SIGN_OFF = VoiceRule("sign_off", "Sign-off", VoiceKind.SIGN_OFF, ("Yours, Aurora",))
WORD = VoiceRule("word", "Word", VoiceKind.WORD, ("open",), better="visit", blocks=True)


@pytest.fixture
def project() -> Project:
    return make_project()


def save(project: Project, *rules: VoiceRule) -> VoiceInspection:
    for rule in rules:
        ruleset = current_ruleset(project)
        inspection = actions.save_rule(
            project=project, rule=rule, seen=ruleset.number if ruleset else 0, actor=None
        )
    actions.run_inspection(inspection.pk)
    inspection.refresh_from_db()
    return inspection


def counts(example: GoldenExample) -> tuple[int, int]:
    example.refresh_from_db()
    return example.open_findings, example.blocking_findings


def test_saved_rules_inspect_every_example_again(project: Project) -> None:
    example = make_approved_example(project)
    inspection = save(project, SIGN_OFF, WORD)
    assert (inspection.state, inspection.done, inspection.changed) == (JobState.DONE, 1, 1)
    assert counts(example) == (2, 1)
    assert example.state == State.APPROVED
    assert examples_with_findings(project) == {"voice_sign_off": 1, "voice_word": 1}
    removed = actions.remove_rule(project=project, key="word", seen=2, actor=None)
    assert removed is not None
    actions.run_inspection(removed.pk)
    assert counts(example) == (1, 0)


def test_new_revisions_are_inspected_by_the_rules(project: Project) -> None:
    save(project, SIGN_OFF)
    assert counts(make_example(project)) == (1, 0)


def test_a_dismissal_stays_where_the_rule_finds_the_same(project: Project) -> None:
    example = make_example(project)
    save(project, SIGN_OFF)
    finding = Finding.objects.get(revision__example=example)
    assert example.created_by is not None
    dismiss_finding(finding_id=finding.pk, actor=example.created_by, reason="A quotation.")
    inspection = save(project, WORD)
    assert inspection.changed == 1
    assert Finding.objects.get(code="voice_sign_off").pk == finding.pk
    assert counts(example) == (1, 1)


def test_a_dismissed_missing_text_is_reported_again_for_another_answer(project: Project) -> None:
    example = make_example(project)
    author = example.created_by
    assert author is not None
    save(project, SIGN_OFF)
    dismiss_finding(finding_id=Finding.objects.get().pk, actor=author, reason="A quotation.")
    content = make_content(question="Where is mine?", answer="In another place.")
    revise(example_id=example.pk, base_number=1, content=content, actor=author)
    assert counts(example) == (1, 0)


def test_one_click_appends_the_sign_off(project: Project) -> None:
    example = make_example(project)
    save(project, SIGN_OFF)
    assert example.created_by is not None
    revision = replace_finding(finding_id=Finding.objects.get().pk, actor=example.created_by)
    assert content_of(revision).messages[-1]["content"].endswith("it is.\n\nYours, Aurora")
    assert counts(example) == (0, 0)


def test_one_of_several_texts_is_inserted_as_chosen(client: Client, project: Project) -> None:
    example = make_example(project)
    texts = ("Yours, Aurora", "Kind regards,\nAurora")
    save(project, VoiceRule("sign_off", "Sign-off", VoiceKind.SIGN_OFF, texts))
    assert example.created_by is not None
    client.force_login(example.created_by)
    page = client.get(reverse("datasets:example", args=[project.slug, example.pk]))
    assert [choice.value for choice in page.context["editor"].findings[0].choices] == [*texts]
    with pytest.raises(InvalidInput):
        replace_finding(finding_id=Finding.objects.get().pk, actor=example.created_by, choice="Bye")
    address = reverse("datasets:replace", args=[project.slug, Finding.objects.get().pk])
    # A browser sends line ends as CR LF.
    assert client.post(address, {"choice": "Kind regards,\r\nAurora"}).status_code == 302
    example.refresh_from_db()
    assert example.latest_revision.messages[-1]["content"].endswith(
        "it is.\n\nKind regards,\nAurora"
    )
    assert counts(example) == (0, 0)


def test_a_chosen_policy_is_cited_in_many_examples(client: Client, project: Project) -> None:
    for slug in ("returns", "delivery"):
        Policy.objects.create(project=project, slug=slug, title=slug.title())
    examples = [make_example(project), make_example(project)]
    save(project, VoiceRule("cite", "Cite", VoiceKind.POLICY))
    client.force_login(make_member(project, Role.LEAD))
    posted = {"kind": "replace_findings", "query": "findings=voice_cite", "all": "1"}
    bulk = reverse("datasets:new_bulk_action", args=[project.slug])
    shown = client.post(bulk, posted, follow=True)
    ((_rule, options),) = shown.context["params_form"].fields["code"].choices
    assert [name for _value, name in options] == ["Delivery", "Returns"]
    assert shown.context["params_form"]["code"].value() == options[0][0]
    action = shown.context["action"]
    params = reverse("datasets:bulk_params", args=[project.slug, action.pk])
    preview = client.post(params, {"code": options[1][0]}, follow=True)
    pieces = preview.context["changes"][0].messages[0]
    assert [piece.text for piece in pieces if piece.change == "added"] == ["returns"]
    confirm = reverse("datasets:bulk_confirm", args=[project.slug, action.pk])
    assert client.post(confirm, follow=True).context["summary"].changed == 2
    assert all(
        GoldenExample.objects.get(pk=example.pk).policies == ["returns"] for example in examples
    )


def test_the_change_of_one_click_is_a_word_diff(project: Project) -> None:
    make_example(project, content=make_content(answer="Well:\n\nPlease open <b>it.\n\nBye"))
    save(project, VoiceRule("plain", "Plain", VoiceKind.MARKUP), WORD)
    word, markup = Finding.objects.select_related("revision").order_by("-code")
    assert [(piece.change, piece.text) for piece in word.change] == [
        ("same", "Please "),
        ("removed", "open"),
        ("added", "visit"),
        ("same", " <b>it."),
    ]
    assert [piece.text for piece in markup.change if piece.change == "removed"] == ["<b>"]


def test_newer_rules_end_the_inspection_by_older_ones(project: Project) -> None:
    make_example(project)
    older = actions.save_rule(project=project, rule=SIGN_OFF, seen=0, actor=None)
    save(project, WORD)
    actions.run_inspection(older.pk)
    older.refresh_from_db()
    assert (older.state, older.done) == (JobState.FAILED, 0)


def test_only_a_lead_saves_and_nobody_overwrites_another(project: Project) -> None:
    annotator = make_member(project, Role.ANNOTATOR)
    with pytest.raises(PermissionDeniedError):
        actions.save_rule(project=project, rule=SIGN_OFF, seen=0, actor=annotator)
    lead = make_member(project, Role.LEAD)
    actions.save_rule(project=project, rule=SIGN_OFF, seen=0, actor=lead)
    with pytest.raises(InvalidInput):
        actions.save_rule(project=project, rule=WORD, seen=0, actor=lead)
    event = ProjectEvent.objects.get(action="save_voice")
    assert (event.actor, event.detail["after"]) == (
        lead,
        [json.loads(json.dumps(SIGN_OFF.as_json()))],
    )


def test_an_export_is_imported_as_it_was() -> None:
    document = json.loads(json.dumps(document_of([SIGN_OFF, WORD])))
    assert rules_of_document(document) == (SIGN_OFF, WORD)


@pytest.mark.parametrize(
    "row",
    [
        {"key": "a", "name": "A", "kind": "poem"},
        {"key": "a", "name": "A", "kind": "word"},
        {"key": "a", "name": "A", "kind": "word", "texts": "x"},
        {"key": "a", "name": "A", "kind": "word", "texts": ["x"], "better": "an x"},
        {"key": "a", "name": "A", "kind": "length"},
        {"key": "a", "name": "A", "kind": "length", "max_words": True},
        {"key": "a", "name": "A", "kind": "length", "min_words": 3, "max_words": 2},
        {"key": "Ä", "name": "A", "kind": "markup"},
        {"key": "a", "name": "", "kind": "markup"},
        {"key": "a", "name": "A", "kind": "markup", "loud": True},
        "markup",
    ],
)
def test_a_rule_that_cannot_be_applied_is_not_imported(row: Any) -> None:
    with pytest.raises(InvalidInput):
        rules_of_document({"format": "touchstone-voice-1", "rules": [row]})


def test_a_lead_tries_a_rule_before_saving_it(client: Client, project: Project) -> None:
    make_approved_example(project)
    make_approved_example(project, content=make_content(answer="Here it is.\nYours, Aurora"))
    make_example(project)
    client.force_login(make_member(project, Role.LEAD))
    typed = {"name": "Our sign-off", "texts": "Yours, Aurora\r\n\r\nBest, Aurora", "seen": "0"}
    page = reverse("datasets:new_voice_rule", args=[project.slug, "sign_off"])
    response = client.post(page, {**typed, "try": "1"})
    assert (response.context["trial"].read, response.context["trial"].found) == (2, 1)
    assert not rules_of(project)
    assert client.post(page, typed).status_code == 302
    (rule,) = rules_of(project)
    assert (rule.key, rule.texts) == ("our_sign_off", ("Yours, Aurora", "Best, Aurora"))
    edit = reverse("datasets:voice_rule", args=[project.slug, rule.key])
    assert "Best, Aurora" in client.get(edit).content.decode()
    listed = client.get(reverse("datasets:voice", args=[project.slug])).content.decode()
    assert f"?findings={rule.code}" in listed


def test_a_bad_file_keeps_the_rules(client: Client, project: Project) -> None:
    save(project, SIGN_OFF)
    client.force_login(make_member(project, Role.LEAD))
    address = reverse("datasets:import_voice", args=[project.slug])
    for body in (b"nothing", b"[]", b'{"format": "touchstone-voice-1", "rules": [1]}'):
        file = SimpleUploadedFile("voice.json", body)
        assert client.post(address, {"file": file, "seen": "1"}).status_code == 422
    assert rules_of(project) == (SIGN_OFF,)
    exported = client.get(reverse("datasets:export_voice", args=[project.slug])).content
    large = SimpleUploadedFile("voice.json", exported + b" " * MAX_DOCUMENT_BYTES)
    refused = client.post(address, {"file": large, "seen": "1"})
    assert refused.status_code == 422
    assert "the limit is" in refused.content.decode()
    file = SimpleUploadedFile("voice.json", exported)
    assert client.post(address, {"file": file, "seen": "1"}).status_code == 302
    assert rules_of(project) == (SIGN_OFF,)


def test_all_findings_of_a_rule_are_replaced_in_bulk(client: Client, project: Project) -> None:
    make_example(project)
    make_example(project, content=make_content(answer="Here it is."))
    save(project, WORD)
    client.force_login(make_member(project, Role.LEAD))
    queue = reverse("datasets:queue", args=[project.slug])
    assert client.get(f"{queue}?findings=voice_word").context["matches"].number == 1
    posted = {"kind": "replace_findings", "query": "findings=voice_word", "all": "1"}
    bulk = reverse("datasets:new_bulk_action", args=[project.slug])
    shown = client.post(bulk, posted, follow=True)
    assert shown.context["action"].selected == 1
    assert shown.context["params_form"]["code"].value() == "voice_word"
