"""A page links the sheets of `static/css/pages` whose classes it uses; tables scroll by key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reviewapp.env import ROOT

TEMPLATES = ROOT / "templates"
SHEETS = ROOT / "static" / "css"


def classes_of(sheet: Path) -> set[str]:
    """The classes that a sheet has rules for."""
    rules = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", rules))


def with_all_it_includes(template: Path, seen: set[Path]) -> str:
    """The text of a template and of what it extends and includes."""
    if template in seen:
        return ""
    seen.add(template)
    text = template.read_text(encoding="utf-8")
    parts = re.findall(r'{%\s*(?:include|extends)\s+"([^"]+)"', text)
    return text + "".join(with_all_it_includes(TEMPLATES / part, seen) for part in parts)


def classes_used(text: str) -> set[str]:
    """The classes in a template as such."""
    return {
        word
        for value in re.findall(r'class="([^"]*)"', text)
        for word in re.sub(r"{[{%].*?[%}]}", " ", value).split()
    }


OF_EVERY_PAGE = {
    name
    for sheet in SHEETS.rglob("*.css")
    if sheet.parent.name != "pages"
    for name in classes_of(sheet)
}
OF_A_PAGE = {sheet.name: classes_of(sheet) for sheet in (SHEETS / "pages").glob("*.css")}
PAGES = sorted(
    str(path.relative_to(TEMPLATES))
    for path in TEMPLATES.rglob("*.html")
    if "{% extends" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_links_the_sheets_of_its_classes(page: str) -> None:
    text = with_all_it_includes(TEMPLATES / page, set())
    linked = set(re.findall(r"css/pages/(\w+\.css)", text))
    styled = OF_EVERY_PAGE.union(*(OF_A_PAGE[name] for name in linked))
    only_elsewhere = set().union(*OF_A_PAGE.values()) - styled
    assert classes_used(text) & only_elsewhere == set()


def test_a_table_that_may_scroll_sideways_can_have_the_focus() -> None:
    # The cards of a stacked table never scroll. The one of allauth has two short columns.
    scrolling = r'<div class="table-wrap">\s*<table class="table(?![^"]*table-stack)'
    found = [
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if re.search(scrolling, path.read_text(encoding="utf-8"))
    ]
    assert found == ["allauth/elements/table.html"]
