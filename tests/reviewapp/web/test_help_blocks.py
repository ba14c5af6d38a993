"""Each block of the documentation is one message; nothing of a page is lost or left out."""

import re

import pytest

from reviewapp.core.markdown import render_document
from reviewapp.i18n import catalogs
from reviewapp.web.help.blocks import messages_of, translate_blocks
from reviewapp.web.help.documents import DOCS, document_text

TEXT = """# 1. Title

One line
and another.
- an item
  that goes on
- `code`
1. a step

| word | meaning |
|---|---|
| `a \\| b` | the *third* |
## Below
```
code stays
```
    deep code
"""


def _shout(message: str) -> str:
    return f"⟅{message.upper()}⟆"


def test_paragraphs_items_cells_and_headings_are_messages_and_code_is_none() -> None:
    assert messages_of(TEXT) == [
        *("Title", "One line and another.", "an item that goes on", "a step"),
        *("word", "meaning", "the *third*", "Below"),
    ]
    shouted = translate_blocks(TEXT, str.upper)
    assert "# 1. TITLE\n\nONE LINE AND ANOTHER.\n- AN ITEM THAT GOES ON\n- `code`\n" in shouted
    assert "| WORD | MEANING |\n|---|---|\n| `a \\| b` | THE *THIRD* |\n## BELOW\n" in shouted
    assert "```\ncode stays\n```\n    deep code\n" in shouted


@pytest.mark.parametrize("document", sorted(path.stem for path in DOCS.glob("*.md")))
def test_every_text_of_the_documentation_is_in_a_message(document: str) -> None:
    text = document_text(document)
    same = translate_blocks(text, str)
    assert "".join(render_document(same).split()) == "".join(render_document(text).split())
    shouted = re.sub(
        r"<pre>.*?</pre>", "", render_document(translate_blocks(text, _shout)), flags=re.S
    )
    outside = re.sub(r"⟅.*?⟆|<code>.*?</code>|<[^>]*>|&\w+;", "", shouted, flags=re.S)
    assert not re.findall("[A-Za-z]+", outside)
    assert shouted.count("⟅") == len(messages_of(text))


def test_a_changed_block_keeps_its_translation_until_it_is_amended() -> None:
    known = catalogs.new_catalog("de")
    known.add("One vote decides.", "Eine Stimme entscheidet.")
    known.add("A different paragraph.", "Ein anderer Absatz.")
    changed = catalogs.new_catalog("de")
    changed.add("One vote decides nothing.")
    changed.add("Something new.")
    catalogs.keep_of_changed(changed, known)
    kept = changed.get("One vote decides nothing.")
    assert kept is not None
    assert kept.string == "Eine Stimme entscheidet."
    assert kept.fuzzy, "it is not shown"
    assert [*catalogs.faults(changed)] == [
        "fuzzy: 'One vote decides nothing.'",
        "not translated: 'Something new.'",
    ]


def test_a_translation_keeps_code_and_the_targets_of_links() -> None:
    catalog = catalogs.new_catalog("de")
    catalog.add(
        "Run `make`, see [import](import.md#rows).", "`make`, siehe [Import](import.md#rows)."
    )
    assert not [*catalogs.faults(catalog)]
    for wrong in ("Siehe [Import](import.md#rows).", "`make`, siehe [Import](import.md)."):
        catalog.get("Run `make`, see [import](import.md#rows).").string = wrong  # type: ignore[union-attr]
        assert len([*catalogs.faults(catalog)]) == 1
