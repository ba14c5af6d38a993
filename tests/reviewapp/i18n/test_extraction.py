"""What is extracted is what Django looks up, and catalogs are the same each time."""

from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Engine
from django.utils import translation

from reviewapp.i18n import catalogs, merge
from reviewapp.i18n.extraction import extract_text
from reviewapp.ops.user_error import UserError

TEMPLATE = """{% load i18n %}
<div {% translate "plain" %}>
      {# Translators: the name of a dish #}
   {% translate "with comment" %} {% translate "100% sure" %}
  {% translate "May" context "month" %}
{% blocktranslate trimmed with name=person.name %}
   Hello {{ name }},
   50% are done.
{% endblocktranslate %}
{% blocktranslate count counter=number trimmed %}
   one vote
{% plural %}
   {{ counter }} votes
{% endblocktranslate %}
{% blocktranslate count counter=number context "of a run" %}one
{% plural %}{{ counter }} 1%{% endblocktranslate %}
<p title="{{ _("an attribute") }}">don't "quote" (this :</p>
{{ person.name|default:_("a filter") }}
"""
PYTHON = """
from django.utils.translation import gettext_lazy as _, npgettext, pgettext
# Translators: shown on a button
A = _("plain" " and joined")
B = npgettext("of a run", "one", "%(count)d of 5%%", n)
C = pgettext("month", "May")
"""
SCRIPT = """
// Translators: what is left
label.textContent = interpolate(ngettext("%(n)s vote", "%(n)s votes", n), { n }, true);
const text = gettext("It's saved");
const other = pgettext("a verb", "Open");
"""


def ids(text: str, name: str) -> list[tuple[object, str | None]]:
    return [(message.id, message.context) for message in extract_text(text, name)]


def test_every_message_of_a_template_is_looked_up_as_it_is_extracted(
    tmp_path: Path, settings: Any
) -> None:
    catalog = catalogs.updated_catalog(sources(tmp_path, TEMPLATE), "de", "django")
    marked = catalogs.new_catalog("de")
    for message in catalogs.messages_by_key(catalog).values():
        forms = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = [f"«{form}" for form in forms]
        marked.add(message.id, texts[0] if len(texts) == 1 else texts, context=message.context)
    compiled = tmp_path / "de" / "LC_MESSAGES" / "django.mo"
    compiled.parent.mkdir(parents=True)
    compiled.write_bytes(catalogs.mo_bytes(marked))
    settings.LOCALE_PATHS = [tmp_path]
    template = Engine(libraries={"i18n": "django.templatetags.i18n"}).from_string(TEMPLATE)
    with translation.override("de"):
        shown = template.render(Context({"person": {"name": ""}, "number": 2}))
    assert shown.count("«") == len(marked)
    assert "50% are done" in shown
    assert "2 1%" in shown


def test_comments_for_translators_are_kept() -> None:
    commented = [m for m in extract_text(TEMPLATE, "page.html") if m.comments]
    assert [(m.id, m.comments) for m in commented] == [
        ("with comment", ("Translators: the name of a dish",))
    ]
    assert extract_text(PYTHON, "a.py")[0].comments == ("Translators: shown on a button",)


def test_python_and_javascript_are_extracted_with_plurals_and_contexts() -> None:
    assert ids(PYTHON, "a.py") == [
        ("plain and joined", None),
        (("one", "%(count)d of 5%%"), "of a run"),
        ("May", "month"),
    ]
    assert ids(SCRIPT, "a.js") == [
        (("%(n)s vote", "%(n)s votes"), None),
        ("It's saved", None),
        ("Open", "a verb"),
    ]


def test_a_percent_sign_in_a_constant_that_django_would_not_find_is_rejected() -> None:
    with pytest.raises(UserError, match="use translate"):
        extract_text('{{ _("5 %") }}', "page.html")


def sources(folder: Path, text: str) -> Path:
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / "page.html").write_text(text, encoding="utf-8")
    return folder


def test_an_update_keeps_translations_drops_what_is_gone_and_is_stable(tmp_path: Path) -> None:
    root = sources(tmp_path, '{% translate "Save" %}{% translate "Old" %}')
    first = catalogs.updated_catalog(root, "de", "django")
    first["Save"].string, first["Old"].string = "Speichern", "Alt"
    po = catalogs.po_bytes(first)
    assert catalogs.po_bytes(catalogs.updated_catalog(root, "de", "django", po)) == po
    sources(tmp_path, '{% translate "New" %}{% translate "Save" %}')
    updated = catalogs.po_bytes(catalogs.updated_catalog(root, "de", "django", po)).decode()
    assert "Old" not in updated
    assert 'msgid "Save"\nmsgstr "Speichern"' in updated
    assert 'msgid "New"\nmsgstr ""' in updated
    assert "page.html:" not in updated
    assert "Date" not in updated


def test_missing_fuzzy_and_unlike_translations_are_faults() -> None:
    catalog = catalogs.new_catalog("de")
    catalog.add("missing")
    catalog.add("fuzzy", "unscharf", flags=["fuzzy"])
    catalog.add("%(n)s of <b>%(all)s</b>", "%(n)s von %(all)s")
    catalog.add("for {name}", "für {nahme}")
    catalog.add(("one", "%(n)s votes"), ("eine", "%(n)s Stimmen"))
    catalog.add(("one vote", "%(n)s votes left"), ("%(k)s", "%(n)s Stimmen"))
    catalog.add(("a", "b"), ("nur eine", ""))
    catalog.add("%(n)s %%", "%(n)s %%")
    catalog.add("above 5 %", "über 5\u00a0%")
    assert [line.split(":")[0] for line in catalogs.faults(catalog)] == [
        "not translated",
        "fuzzy",
        "other placeholders or tags",
        "other placeholders or tags",
        "other placeholders or tags",
        "not translated",
        "needs a no-break space before the percent sign",
    ]


def catalog_of(**translations: str) -> catalogs.Catalog:
    catalog = catalogs.new_catalog("de")
    for msgid, text in translations.items():
        catalog.add(msgid, text, locations=[(f"{msgid}.html", 0)])
    return catalog


def po(**translations: str) -> bytes:
    return catalogs.po_bytes(catalog_of(**translations))


def mo(**translations: str) -> bytes:
    return catalogs.mo_bytes(catalog_of(**translations))


PATH = "reviewapp/locale/de/LC_MESSAGES/django.po"


def test_two_versions_of_a_catalog_are_merged_message_by_message() -> None:
    base = po(a="", b="B", d="D")
    ours, theirs = po(a="A", b="B", c="C"), po(a="", b="BB", d="D", e="E")
    assert merge.merged(base, ours, theirs, path=PATH) == (po(a="A", b="BB", c="C", e="E"), True)


def test_a_message_translated_in_two_ways_is_a_conflict() -> None:
    content, agree = merge.merged(po(a=""), po(a="A"), po(a="AA"), path=PATH)
    assert content == po(a="A")
    assert not agree


def test_compiled_catalogs_merge_like_their_sources() -> None:
    sides = mo(a="A", b="B"), mo(a="A", c="C"), mo(a="AA", b="B")
    assert merge.merged(*sides, path=PATH.replace(".po", ".mo")) == (mo(a="AA", c="C"), True)


def test_compiled_plural_forms_are_merged() -> None:
    catalog = catalog_of(a="A")
    catalog.add(("%(n)s vote", "%(n)s votes"), ("%(n)s Stimme", "%(n)s Stimmen"))
    content = catalogs.mo_bytes(catalog)
    path = PATH.replace(".po", ".mo")
    assert merge.merged(mo(a="A"), content, mo(a="A"), path=path) == (content, True)
