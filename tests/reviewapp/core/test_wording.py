"""Sentences that commands print as text, on a page."""

import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Move it to `metadata`.", "Move it to <code>metadata</code>."),
        ("`a` or `b`", "<code>a</code> or <code>b</code>"),
        ("one ` alone", "one ` alone"),
        ("`<b>` & <i>", "<code>&lt;b&gt;</code> &amp; &lt;i&gt;"),
        (mark_safe("<ul><li>`x`</li></ul>"), "<ul><li><code>x</code></li></ul>"),
    ],
)
def test_what_stands_in_backticks_is_set_as_code_and_all_is_escaped(text: str, shown: str) -> None:
    page = Template("{% load wording %}{{ text|sentence }}")
    assert page.render(Context({"text": text})) == shown
