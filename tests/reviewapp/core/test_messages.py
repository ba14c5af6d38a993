"""Messages are values that are stored without a language and shown in any."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import JSONField
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from reviewapp.core import formats, texts
from reviewapp.core.errors import InvalidInput
from reviewapp.core.fields import MessageField
from reviewapp.core.messages import Message, message, sentences
from reviewapp.core.texts import percent_interval, register, render, stored_day, text


@pytest.fixture(autouse=True)
def few_texts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    texts.import_texts()
    monkeypatch.setattr(texts, "_TEXTS", {**texts._TEXTS})
    register(
        {
            "test.saved": text(_("Saved.")),
            "test.closed": text("“%(name)s” is closed."),
            "test.left": text(ngettext_lazy("%(n)s vote left.", "%(n)s votes left.", "n")),
            "test.rate": text(
                "%(rate)s (%(interval)s) since %(day)s.",
                rate=formats.percent,
                interval=percent_interval,
                day=stored_day,
            ),
            "test.why": text("%(who)s: %(why)s"),
            "test.chosen": lambda params: "Many." if params["n"] > 9 else "Few.",
        }
    )
    yield


def test_a_message_is_the_same_after_it_was_stored() -> None:
    stored = message(
        "test.why",
        why=message("test.left", n=2),
        who=["A", "B"],
        none=None,
        share=0.5,
        day=date(2026, 5, 12),
        all=(message("test.saved"),),
    )
    assert Message.from_json(json.loads(json.dumps(stored.as_json()))) == stored


def test_a_parameter_that_cannot_be_stored_is_refused_where_it_is_made() -> None:
    with pytest.raises(TypeError, match="cannot be a parameter"):
        message("test.saved", it=object())


def test_a_message_is_shown_in_the_active_language() -> None:
    with translation.override("de"):
        assert render(message("test.saved")) == "Gespeichert."
        assert render(message("test.left", n=12345)) == "12.345 votes left."
    assert render(message("test.saved")) == "Saved."


def test_numbers_choose_the_plural_form_and_are_written_with_their_thousands_apart() -> None:
    assert render(message("test.left", n=1)) == "1 vote left."
    assert render(message("test.left", n=1234)) == "1,234 votes left."


def test_parameters_are_written_by_their_formatters_lists_and_messages_by_themselves() -> None:
    rate = message(
        "test.rate", rate=0.573, interval=(0.5, 0.7), day=datetime(2026, 5, 12, 1, tzinfo=UTC)
    )
    assert render(rate) == "57 % (50-70 %) since 12 May 2026."
    stored = message("test.why", who=["A", "B", "C"], why=message("test.closed", name="50 %"))
    assert render(stored) == "A, B and C: “50 %” is closed."
    assert render(message("test.chosen", n=10)) == "Many."


def test_several_messages_are_shown_one_after_the_other() -> None:
    both = sentences([message("test.saved"), None, message("test.left", n=1)])
    assert render(Message.from_json(both.as_json())) == "Saved. 1 vote left."
    assert sentences([message("test.saved")]) == message("test.saved")


@pytest.mark.parametrize(
    "stored", [message("test.unknown"), message("test.closed"), message("test.rate", rate="x")]
)
def test_what_has_no_fitting_text_is_shown_as_its_code(
    stored: Message, caplog: pytest.LogCaptureFixture
) -> None:
    assert render(stored) == stored.code
    assert stored.code in caplog.text


def test_a_text_that_a_user_typed_is_shown_unchanged() -> None:
    assert render("50 % of %(it)s") == "50 % of %(it)s"
    assert render(None) == ""


def test_a_code_has_one_text() -> None:
    with pytest.raises(ValueError, match=r"test\.saved"):
        register({"test.saved": text("Again.")})


def test_an_error_carries_a_message_that_is_rendered_when_it_is_read() -> None:
    error = InvalidInput(message("test.saved"), field="name")
    assert error.message == message("test.saved")
    assert str(error) == "Saved."
    with translation.override("de"):
        assert str(error) == "Gespeichert."
    assert str(InvalidInput("Plain.")) == "Plain."


def test_texts_of_each_feature_are_imported_when_a_code_of_theirs_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "somewhere").mkdir()
    for folder in ("somewhere", "somewhere/deep", "somewhere/other"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "somewhere" / "deep" / "texts.py").write_text(
        "from reviewapp.core.texts import register, text\nregister({'deep.code': text('Deep.')})\n"
    )
    (tmp_path / "somewhere" / "other" / "texts.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    texts.find_texts_in("somewhere")
    assert render(message("deep.code")) == "Deep."
    assert "somewhere.other.texts" not in sys.modules
    assert render(message("test.nowhere")) == "test.nowhere"
    assert "somewhere.other.texts" in sys.modules


def test_a_column_gives_back_the_message_that_was_put_in() -> None:
    field = MessageField()
    left = message("test.left", n=2)
    assert field.get_db_prep_value(left, connection).obj == left.as_json()
    assert field.from_db_value(json.dumps(left.as_json()), field, connection) == left
    assert field.from_db_value(None, field, connection) is None
    assert field.get_internal_type() == JSONField().get_internal_type()
    assert field.null
