"""Every page has help, whose parts and words exist in the documentation, and an active entry."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import translation

from reviewapp.core.markdown import render_document
from reviewapp.people.models import Role
from reviewapp.web.help.anchors import heading_ids
from reviewapp.web.help.documents import DOCS, Part, document_text, part_text, without_files
from reviewapp.web.help.keyboard import keys_as_named
from reviewapp.web.help.topics import PAGES, SECTIONS, TOPICS, topic_of
from reviewapp.web.help.translated import part_heading, shown, shown_document, shown_heading
from reviewapp.web.help.views import words_of
from tests.factories.people import make_member, make_project

TEMPLATES = DOCS.parent / "templates"
OUTSIDE = ("accounts/", "api/", "help/", "i18n/", "invitations/", "projects/")


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, route)
        else:
            yield route, pattern


def test_every_page_of_a_project_has_a_section_with_help() -> None:
    inside = "p/<slug:slug>/"
    routes = [route for route, _ in _routes(get_resolver()) if route.startswith(inside)]
    sections = {route.removeprefix(inside).partition("/")[0] for route in routes}
    assert sections == set(SECTIONS)


def test_every_name_of_a_page_with_other_help_exists() -> None:
    for name in PAGES:
        view, _, _ = name.rpartition(":")
        names = {pattern.name for _, pattern in _routes(get_resolver())}
        assert name.removeprefix(f"{view}:") in names, name


@pytest.mark.parametrize(
    "name",
    [
        *("start", "examples", "bulk", "comments", "notifications", "import", "duplicates"),
        *("coverage", "voice", "policies", "vote", "account"),
    ],
)
def test_the_help_of_annotators_and_reviewers_names_no_internals(name: str) -> None:
    internal = re.compile(
        r"`[A-Z][a-z]+[A-Z]\w*`|`[A-Z]+_[A-Z_]+`|\bworkers?\b|manage\.py|python -m|PostgreSQL"
    )
    named = [
        found[0] for part in TOPICS[name].parts for found in internal.finditer(part_text(part))
    ]
    assert not named


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_names_parts_and_words_that_the_documentation_has(name: str) -> None:
    topic = TOPICS[name]
    assert topic.parts
    for part in topic.parts:
        assert len(part_text(part)) > 80, part
    assert len(words_of(topic)) == len(topic.words)
    assert set(SECTIONS.values()) | set(PAGES.values()) <= set(TOPICS)


def test_help_names_no_files_in_brackets_which_its_readers_do_not_have() -> None:
    texts = [part_text(part) for topic in TOPICS.values() for part in topic.parts]
    assert not [text for text in texts if re.search(r"\(`(?:evaluation|datasets)/[^`]+`\)", text)]
    assert without_files("as said (`evaluation/demo/rows.py`).") == "as said."


def test_sentences_about_files_stay_out_of_the_help_and_code_stays() -> None:
    text = "One rule. It is in `evaluation/gates/rules.py`, and\nstays. Two."
    assert without_files(text) == "One rule. Two."
    assert without_files("- a. See `tests/x.py`.\n- b") == "- a.\n- b"
    code = "```\nrun `tests/x.py`\n```"
    assert without_files(code) == code
    for topic in TOPICS.values():
        for part in topic.parts:
            prose = re.sub(r"```.*?```|^\|.*$", "", part_text(part), flags=re.S | re.M)
            assert not re.search(r"`(?:evaluation|datasets|reviewapp|tests)/[^`\s]+`", prose), part


def _match(path: str) -> ResolverMatch:
    return resolve(path)


def test_a_page_of_another_kind_than_its_section_has_its_own_topic() -> None:
    assert topic_of(_match("/p/x/runs/1/")) == "figures"
    assert topic_of(_match("/p/x/runs/1/setup/")) == "runs"
    assert topic_of(_match("/p/x/examples/1/erase/")) == "erasure"
    assert topic_of(_match("/accounts/tokens/")) == "account"
    assert topic_of(None) == "start"


@pytest.mark.django_db
def test_help_is_linked_from_every_page_and_shown_to_members(client: Client) -> None:
    assert client.get(reverse("help")).status_code == 302
    project = make_project()
    client.force_login(make_member(project, Role.LEAD))
    page = client.get(reverse("members", args=[project.slug])).content.decode()
    assert reverse("help_topic", args=["members"]) in page
    shown = client.get(reverse("help_topic", args=["members"])).content.decode()
    assert 'lang="en"' in shown
    assert "one-time password" in shown.lower()
    assert "/help/docs/api/" in shown, "a link between pages of documentation leads to help"
    assert client.get(reverse("help_document", args=["glossary"])).status_code == 200
    for missing in (reverse("help_topic", args=["x"]), reverse("help_document", args=["secret"])):
        assert client.get(missing).status_code == 404


@pytest.mark.django_db
def test_a_german_reader_reads_the_help_in_german_and_the_rest_marked_as_english(
    client: Client,
) -> None:
    user = make_member(make_project(), Role.LEAD)
    client.force_login(user)
    addresses = [
        reverse("help_topic", args=["start"]),
        reverse("help_document", args=["first-run"]),
        reverse("help_document", args=["architecture"]),
    ]
    topic, document, english = (client.get(address).content.decode() for address in addresses)
    assert "in English" not in topic + document
    user.language = "de"
    user.save()
    topic, document, english = (client.get(address).content.decode() for address in addresses)
    assert "Ein Projekt und seine Mitglieder</h2>" in topic
    assert "Jeder Befehl gibt ein <em>" not in topic
    assert "<strong>Kriterium</strong>" in topic
    assert "Jeder Befehl gibt ein Einmalpasswort aus." in topic
    assert 'href="/help/docs/import/"' in topic
    assert '<span lang="en">' not in topic
    heading = '<h3 id="2-a-project-and-its-members">2. Ein Projekt und seine Mitglieder</h3>'
    assert heading in document
    assert '<span lang="en">Set up (two minutes, mostly downloads)</span>' in document
    assert "make setup" in document, "code is the same in every language"
    assert "brauchen, ist auf Englisch" in document
    assert '<div class="prose" lang="en">' in english
    assert '<span lang="en">' not in english


def test_every_topic_is_in_german_as_a_whole() -> None:
    with translation.override("de"):
        for topic in TOPICS.values():
            texts = [shown(part_text(part), part.document) for part in topic.parts]
            headings = [shown_heading(part_heading(part)) for part in topic.parts if part.heading]
            words = [text for row in words_of(topic) for text in row]
            assert {text.language for text in (*texts, *headings, *words)} == {"de"}, topic.title
            assert not any(text.has_english for text in (*texts, *headings, *words))


def test_links_in_the_documentation_lead_to_the_part_that_they_name() -> None:
    pages = {path.stem: document_text(path.stem) for path in DOCS.glob("*.md")}
    frame = (TEMPLATES / "base.html").read_text("utf-8")
    ids = {}
    for page in pages:
        in_languages = []
        for language in ("en", "de"):
            with translation.override(language):
                in_languages.append(re.findall('<h3 id="([^"]*)">', shown_document(page).text))
        ids[page], in_german = in_languages
        assert ids[page] == in_german, page
        assert len({*ids[page]} - {*re.findall(' id="([^"]*)"', frame)}) == len(ids[page]), page
    named = [
        (document or page, part)
        for page, text in pages.items()
        for document, part in re.findall(r"\]\((?:([\w-]+)\.md)?#([\w-]+)\)", text)
    ]
    assert len(named) > 20
    assert [(page, part) for page, part in named if part not in ids[page]] == []
    html = shown("[a](voting.md#adjudication), [b](#keys), [c](runs.md)", "curation").text
    assert re.findall('href="([^"]*)"', html) == [
        "/help/docs/voting/#adjudication",
        "/help/docs/curation/#keys",
        "/help/docs/runs/",
    ]


def test_the_id_of_a_heading_is_its_words_and_unlike_those_before_it() -> None:
    html = "<h3>2. Ask <em>one</em>: `it`, &amp; wait</h3><h3>Keys</h3><p>x</p><h3>Keys</h3>"
    assert heading_ids(html) == ["2-ask-one-it--wait", "keys", "keys-1"]


def test_keys_are_called_as_on_the_keyboard_of_the_reader() -> None:
    text = "`Ctrl Enter`, `Ctrl /`, `Shift Space`, `Page Up` and `x`; not `Enter a name`, Space."
    assert keys_as_named(text) == text
    with translation.override("de"):
        assert keys_as_named(text) == (
            "`Strg Eingabe`, `Strg /`, `Umschalt Leertaste`, `Bild auf` and `x`; "
            "not `Enter a name`, Space."
        )
        keys = shown(part_text(Part("voting", "Keys")), "voting").text
    assert "<code>Leertaste</code>" in keys
    assert not re.search("<code>[^<]*(?:Space|Enter|Page)", keys)


@pytest.mark.django_db
def test_every_page_marks_one_entry_of_the_navigation(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project, Role.LEAD, Role.REVIEWER))
    expected = {
        "project_home": "project_home",
        "members": "project_settings",
        "own_languages": "evaluation:voting",
        "datasets:import": "datasets:queue",
        "datasets:policies": "datasets:queue",
        "evaluation:register_model": "evaluation:models",
        "evaluation:upload_answers": "evaluation:runs",
        "audit": "audit",
    }
    for name, entry in expected.items():
        nav = client.get(reverse(name, args=[project.slug])).context["nav"]
        marked = [entry["url"] for entry in nav if entry["current"]]
        assert marked == [reverse(entry, args=[project.slug])], name


def test_documentation_links_to_this_site_and_never_runs_code() -> None:
    html = render_document(
        "[a](/help/x/) [b](//evil.example) <script>x</script>\n[c](javascript:x)"
    )
    assert 'href="/help/x/"' in html
    assert "evil" not in html
    assert "<script" not in html
    assert "javascript" not in html
    assert DOCS.is_dir()
