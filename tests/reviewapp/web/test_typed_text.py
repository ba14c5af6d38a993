"""Templates show what a member typed in the direction of its script."""

import re

import pytest

from reviewapp.env import ROOT

TYPED = (
    *("promotion.note", "override_reason", "signed_note", "event.reason", "entry.reason"),
    *("finding.reason", "vote.rationale", "changelog", "project.description"),
    *("model.purpose", "acceptable_use", "known_limitations"),
)
SHOWN = re.compile(
    rf"<(?P<element>\w+)(?P<attributes>[^<>]*)>[^<>{{}}]*"
    rf"{{{{ [\w.]*(?:{'|'.join(map(re.escape, TYPED))})(?:\|[^}}]*)? }}}}"
)


@pytest.mark.parametrize("folder", ["datasets", "evaluation", "reviewapp"])
def test_a_typed_text_has_automatic_direction(folder: str) -> None:
    shown = [
        (file.name, found)
        for file in (ROOT / "templates" / folder).rglob("*.html")
        for found in SHOWN.finditer(file.read_text(encoding="utf-8"))
    ]
    assert shown
    assert [
        (name, found[0])
        for name, found in shown
        if found["element"] != "bdi" and 'dir="auto"' not in found["attributes"]
    ] == []
