"""Markdown becomes HTML that can neither run code nor call out, and loses no word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewapp.core.markdown import render_markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo", "<p>one<br>\ntwo</p>\n"),
        ("# Big\n\n#### Small", "<h3>Big</h3>\n<h3>Small</h3>\n"),
        ("**so** *it* `is`", "<p><strong>so</strong> <em>it</em> <code>is</code></p>\n"),
        ("~~not~~ in ~5 or ~7 days", "<p><del>not</del> in ~5 or ~7 days</p>\n"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"),
        ("```html\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>\n"),
    ],
)
def test_what_answers_are_written_in_is_shown(text: str, html: str) -> None:
    assert render_markdown(text) == html


def test_a_table_is_a_table() -> None:
    html = render_markdown("| size | cm |\n|---|---|\n| S | 88 |")
    assert "<th>size</th>" in html
    assert "<td>88</td>" in html


@pytest.mark.parametrize(
    "text",
    [
        "<h1>Sale</h1>",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <!-- hidden --> b",
        "</div></section>",
    ],
)
def test_html_in_a_text_is_shown_as_it_was_written(text: str) -> None:
    html = render_markdown(text)
    assert text.replace("<", "&lt;").replace(">", "&gt;") in html


@pytest.mark.parametrize("scheme", ["javascript", "vbscript", "data", "file"])
def test_a_link_goes_only_where_a_link_may_go(scheme: str) -> None:
    html = render_markdown(f"[here]({scheme}:x) <{scheme}:x>")
    assert "href" not in html
    assert "here" in html


def test_a_link_sends_no_referrer() -> None:
    html = render_markdown("[here](https://shop.example/a?b=1&c=2)")
    assert 'href="https://shop.example/a?b=1&amp;c=2"' in html
    assert 'rel="noopener noreferrer nofollow"' in html
    assert 'target="_blank"' in html


def test_a_picture_is_not_fetched() -> None:
    assert "shop.example" not in render_markdown("![a shoe](https://shop.example/seen.png)")


def test_quotations_nest_only_so_deep() -> None:
    html = render_markdown("> " * 5_000 + "deep")
    assert html.count("<blockquote>") == html.count("</blockquote>") == 20
    assert "deep" in html


@given(st.text(st.sampled_from("<>/\"'=&!-# *_~`[]()|:\\\nabhijprst"), max_size=200))
def test_whatever_is_written_only_tags_of_the_list_come_out(text: str) -> None:
    html = render_markdown(text)
    tags = {piece.split(">")[0].split(" ")[0].strip("/") for piece in html.split("<")[1:]}
    assert tags <= {
        *("p", "br", "hr", "h3", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong"),
        *("del", "a", "table", "thead", "tbody", "tr", "th", "td"),
    }


@pytest.mark.parametrize(
    "address",
    [
        *("/accounts/logout/", "//evil.example/x", "\\\\evil.example", "accounts/logout/", "?a=b"),
        *("#top", "https:evil.example", "https:///evil.example", "javascript:alert(1)", "data:x"),
    ],
)
def test_a_link_leads_only_to_an_absolute_address(address: str) -> None:
    assert "href" not in render_markdown(f"[x](<{address}>)")


@pytest.mark.parametrize("address", ["https://a.example/b?c=d", "HTTP://a.example", "mailto:a@b.c"])
def test_an_absolute_link_is_kept(address: str) -> None:
    assert f'href="{address}"' in render_markdown(f"[x]({address})")
