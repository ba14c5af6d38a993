"""What imports say: about files, rows, tables, and what an import did."""

from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import register, text

LABEL_NAMES = {
    "intent": _("intent"),
    "tags": _("tags"),
    "language": _("language"),
    "policies": _("policies"),
    "external_id": "external_id",
    "split": _("split"),
}


def _label_name(key: str) -> str:
    return str(LABEL_NAMES[key])


def _label_value(value: str | list[str]) -> str:
    """Return the value of a label in quotes."""
    shown = ", ".join(value) if isinstance(value, list) else value
    return gettext("“%(value)s”") % {"value": shown} if shown else gettext("empty")


def _joined(names: list[str]) -> str:
    return ", ".join(name for name in names if name)


OF_FILES = {
    "ingest.file.unreadable": text(_("“%(name)s” cannot be read. %(cause)s")),
    "ingest.file.denied": text(
        _("“%(name)s” cannot be read: %(reason)s. Check the permissions of the file.")
    ),
    "ingest.file.folder": text(_("“%(name)s” is a folder. Name a file in it.")),
    "ingest.file.missing": text(_("There is no file “%(name)s”. Check the path.")),
    "ingest.file.stream": text(
        _("“%(name)s” is not a file that can be read twice. Save it as a file.")
    ),
    "ingest.file.empty": text(_("“%(name)s” is empty. Write one JSON object on each line.")),
    "ingest.file.gzip": text(_("“%(name)s” is compressed with gzip. Unpack it first.")),
    "ingest.file.zip": text(
        _("“%(name)s” is a ZIP archive or an Excel workbook. Unpack it, or save the sheet as CSV.")
    ),
    "ingest.file.parquet": text(_("“%(name)s” is a Parquet file. Save it as JSON lines first.")),
    "ingest.file.utf16": text(_("“%(name)s” is UTF-16 text. Save it as UTF-8.")),
    "ingest.file.pdf": text(
        _("“%(name)s” is a PDF. Only JSON lines and CSV can be imported; save it as one of them.")
    ),
    "ingest.file.not_utf8": text(
        _("“%(name)s” is not UTF-8 text: line %(line)s has other bytes. Save it as UTF-8.")
    ),
    "ingest.file.other_format": text(_("“%(name)s” is in another format. %(shape)s")),
    "ingest.file.not_json_lines": text(
        _(
            "“%(name)s” is not JSON lines. "
            "Import a file with one JSON object on each line, or a CSV with a header."
        )
    ),
    "ingest.file.not_json_lines.cause": text(
        _("“%(name)s” is not JSON lines: no line of it is a JSON object. %(cause)s")
    ),
    "ingest.at_line": text(_("Line %(line)s: %(cause)s")),
    "ingest.list_not_closed": text(
        _(
            "The list at the beginning of the file is not closed: a part is missing. "
            "Export the file again."
        )
    ),
    "ingest.misplaced_bracket": text(
        _(
            "The file begins with a list, but on line %(line)s a bracket does not match, or "
            "something is outside the list. Export it again."
        )
    ),
    "ingest.table.no_header": text(
        _(
            "The first line of “%(name)s” is not the header of a table. "
            "Save it as CSV again, with a header and one row on each line."
        )
    ),
    "ingest.table.column_twice": text(
        _("“%(name)s” has the column %(column)s twice. Rename one of the two.")
    ),
    "ingest.table.no_user_column": text(
        _(
            "“%(name)s” has no column `user`. %(guesses)s "
            "Rename the columns; a table needs `user` and `assistant`."
        )
    ),
    "ingest.table.no_user_column.only": text(
        _(
            "“%(name)s” has no column `user`, only %(columns)s. "
            "Rename the columns; a table needs `user` and `assistant`."
        ),
        columns=_joined,
    ),
    "ingest.table.no_assistant_column": text(
        _(
            "“%(name)s” has no column `assistant`. %(guesses)s "
            "Rename the column of the answers, or add an empty one."
        )
    ),
}
OF_SHAPES = {
    "ingest.shape.sharegpt": text(
        _(
            "This is the ShareGPT format. Rename `%(key)s` to `messages`, `from` to `role` (human "
            "to user, gpt to assistant), `value` to `content`."
        )
    ),
    "ingest.shape.alpaca": text(
        _(
            "This is the Alpaca format. Write `instruction` and `input` together as `prompt`, "
            "`output` as `completion`."
        )
    ),
    "ingest.shape.preference": text(
        _(
            "These are pairs of a preferred and another answer (DPO). "
            "Write the conversation with the preferred answer as `messages`."
        )
    ),
    "ingest.shape.gemini": text(
        _(
            "This is the Gemini format. Rename `contents` to `messages`, `parts` to `content`, "
            "the role model to assistant."
        )
    ),
    "ingest.shape.wrapped": text(
        _("This is one object whose rows are a list under `%(key)s`. Save only that list.")
    ),
    "ingest.shape.over_lines": text(
        _("This is one object over several lines. Write it on one line.")
    ),
}
OF_FORMATS = {
    "ingest.format.sharegpt": text(
        _("This looks like ShareGPT. Each `from` becomes a role, each `value` a text.")
    ),
    "ingest.format.gemini": text(
        _("This looks like Gemini. The role model becomes assistant, `parts` become one text.")
    ),
    "ingest.format.alpaca": text(
        _(
            "This looks like Alpaca. `instruction` with `input` is the question, "
            "`output` the answer."
        )
    ),
    "ingest.format.pair": text(
        _("These look like questions with answers. Each pair becomes a conversation.")
    ),
    "ingest.format.preference": text(
        _(
            "These look like pairs of answers (DPO). The preferred one becomes the example, "
            "the other is kept in metadata.rejected_answer."
        )
    ),
    "ingest.note.sharegpt": text(
        ngettext_lazy(
            "%(n)s row was in the ShareGPT format.", "%(n)s rows were in the ShareGPT format.", "n"
        )
    ),
    "ingest.note.gemini": text(
        ngettext_lazy(
            "%(n)s row was in the Gemini format.", "%(n)s rows were in the Gemini format.", "n"
        )
    ),
    "ingest.note.alpaca": text(
        ngettext_lazy(
            "%(n)s row was in the Alpaca format.", "%(n)s rows were in the Alpaca format.", "n"
        )
    ),
    "ingest.note.pair": text(
        ngettext_lazy(
            "%(n)s row was a question with its answer.",
            "%(n)s rows were questions with their answers.",
            "n",
        )
    ),
    "ingest.note.preference": text(
        ngettext_lazy(
            "%(n)s row was a pair of answers: the preferred one is in the example, the other in "
            "metadata.rejected_answer.",
            "%(n)s rows were pairs of answers: the preferred ones are in the examples, the others "
            "in metadata.rejected_answer.",
            "n",
        )
    ),
}
OF_ROWS = {
    "ingest.row_too_long": text(
        _(
            "The row is larger than %(limit)s MB. Split the conversation. "
            "The reject file holds only its beginning."
        )
    ),
    "ingest.not_utf8": text(_("This line is not UTF-8 text. Save the file as UTF-8.")),
    "ingest.not_an_object": text(_("The line is not a JSON object. Write {...} on it.")),
    "ingest.repeated_key": text(
        _("One object has the key `%(key)s` more than once. Keep one of them.")
    ),
    "ingest.not_json": text(_("The line is not JSON: %(reason)s. Correct it.")),
    "ingest.not_json.at": text(
        _("The line is not JSON: %(reason)s at character %(number)s. Correct it.")
    ),
    "ingest.not_json.single_quotes": text(
        _(
            "The line is not JSON: it has single quotes, as Python prints them. "
            "Write it with json.dumps."
        )
    ),
    "ingest.not_json.trailing_comma": text(
        _(
            "The line is not JSON: a comma follows the object. "
            "Remove the comma at the end of each line."
        )
    ),
    "ingest.not_json.inside_text": text(
        _("The line is not JSON: it ends inside a text. Write a line break inside a text as \\n.")
    ),
    "ingest.not_json.ends_early": text(
        _("The line is not JSON: it ends before the object does. Write each object on one line.")
    ),
    "ingest.other_format": text(_("The row is in another format. %(shape)s")),
    "ingest.no_messages": text(
        _("The row has neither `messages` nor `prompt` and `completion`. Add them.")
    ),
    "ingest.no_messages.chat": text(
        _("The row has no `messages`. Add them, or choose another format.")
    ),
    "ingest.no_messages.prompt": text(
        _("The row has no `prompt` and `completion`. Add them, or choose another format.")
    ),
    "ingest.empty_row": text(
        _("The row has neither a question nor an answer. Write one, or remove the row.")
    ),
    "ingest.content_not_text": text(_("`%(name)s` is not text. Put the value in quotes.")),
    "ingest.bad_field.not_json": text(
        _("`%(name)s` is text that is not JSON. Write the list itself, without quotes.")
    ),
    "ingest.bad_field.metadata": text(_("`metadata` is not an object. Write {...}.")),
    "ingest.bad_field.history": text(
        _("`history` is not a list of pairs. Write [question, answer] for each.")
    ),
    "ingest.bad_field.external_id": text(
        _("`external_id` is neither text nor a number. Put it in quotes.")
    ),
    "ingest.bad_field.external_id_length": text(
        _("`external_id` has more than %(limit)s characters. Shorten it.")
    ),
    "ingest.bad_field.split": text(
        _("`split` is none of %(splits)s. Use one of them."), splits=_joined
    ),
    "ingest.bad_quotes": text(
        _(
            "The quotes of this row do not match. Put a cell with quotes or line breaks in quotes, "
            "and double a quote inside it."
        )
    ),
    "ingest.bad_quotes.not_closed": text(
        _(
            "The quote on this line is not closed within %(megabytes)s MB or %(lines)s lines. "
            "Close it, or double a quote inside a cell."
        )
    ),
    "ingest.too_many_cells": text(
        ngettext_lazy(
            "The row has %(n)s cell, the header %(columns)s. "
            "Put a cell that holds the separator in quotes.",
            "The row has %(n)s cells, the header %(columns)s. "
            "Put a cell that holds the separator in quotes.",
            "n",
        )
    ),
}
OF_CHANGES = {
    "ingest.unread_key": text(_("`%(key)s` is not read.")),
    "ingest.unread_key.guess": text(_("`%(key)s` is not read. Rename it to `%(guess)s`?")),
    "ingest.unread_rows": text(
        ngettext_lazy(
            "%(n)s row kept it in the metadata.", "%(n)s rows kept it in the metadata.", "n"
        )
    ),
    "ingest.unread_kept": text(_("It is kept in the metadata.")),
    "ingest.label_differs": text(
        _("Label %(label)s: %(stored)s here, %(given)s in the file."),
        label=_label_name,
        stored=_label_value,
        given=_label_value,
    ),
    "ingest.note.end_marker": text(
        ngettext_lazy(
            "%(n)s row lost the end marker of its completion; it is kept in metadata.taken_off.",
            "%(n)s rows lost the end marker of their completion; it is kept in metadata.taken_off.",
            "n",
        )
    ),
    "ingest.note.prompt_separator": text(
        ngettext_lazy(
            "%(n)s row lost the separator of its prompt; it is kept in metadata.taken_off.",
            "%(n)s rows lost the separator of their prompt; it is kept in metadata.taken_off.",
            "n",
        )
    ),
    "ingest.note.leading_space": text(
        ngettext_lazy(
            "%(n)s row lost the leading space of its completion.",
            "%(n)s rows lost the leading space of their completion.",
            "n",
        )
    ),
    "ingest.note.unknown_keys": text(
        ngettext_lazy(
            "%(n)s row had keys outside the format; they are kept in metadata.unknown.",
            "%(n)s rows had keys outside the format; they are kept in metadata.unknown.",
            "n",
        )
    ),
    "ingest.note.no_answer": text(
        ngettext_lazy(
            "%(n)s row had no answer of the assistant; write it on the example's page.",
            "%(n)s rows had no answer of the assistant; write it on the example's page.",
            "n",
        )
    ),
    "ingest.note.json_text": text(
        ngettext_lazy(
            "%(n)s row had messages or tools as JSON inside a text; they were read.",
            "%(n)s rows had messages or tools as JSON inside a text; they were read.",
            "n",
        )
    ),
}
OF_BATCHES = {
    "ingest.command_killed": text(
        _("The command was killed. Run it again: existing rows count as unchanged.")
    ),
    "ingest.command_stopped": text(
        _("The command was stopped. Run it again: existing rows count as unchanged.")
    ),
    "ingest.command_failed": text(
        _(
            "The import ended early: %(reason)s. "
            "Run the command again: existing rows count as unchanged."
        )
    ),
    "ingest.upload_failed": text(
        _("The import ended early: %(reason)s. What was imported is kept; upload the file again.")
    ),
    "ingest.workers_lost": text(
        ngettext_lazy(
            "The import was given up: %(n)s worker was lost after row %(row)s. "
            "Split the file after that row and import the parts.",
            "The import was given up: %(n)s workers were lost after row %(row)s. "
            "Split the file after that row and import the parts.",
            "n",
        )
    ),
    "ingest.cancelled": text(
        _("%(member)s cancelled the import. What was imported until then is kept.")
    ),
}

register({**OF_FILES, **OF_SHAPES, **OF_FORMATS, **OF_ROWS, **OF_CHANGES, **OF_BATCHES})
