"""What imports say: about files, rows, tables, and what an import did."""

from django.utils.translation import gettext, ngettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from datasets.ingest.file_texts import OF_FILES, OF_FORMATS, OF_MAPPINGS, OF_PACKED, joined
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
        _("`split` is none of %(splits)s. Use one of them."), splits=joined
    ),
    "ingest.bad_field.mapped_twice": text(
        _("`%(key)s` is a second `%(target)s` of this row. Map it to something else.")
    ),
    "ingest.bad_field.beside_messages": text(
        _("The row has `messages` already. Map its other texts to something else.")
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
    "ingest.label_changed": text(
        _("Label %(label)s: changed from %(stored)s to %(given)s."),
        label=_label_name,
        stored=_label_value,
        given=_label_value,
    ),
    "ingest.label_differs": text(
        _("Label %(label)s: %(stored)s here, %(given)s in the file."),
        label=_label_name,
        stored=_label_value,
        given=_label_value,
    ),
    "ingest.labels_note": text(
        pgettext_lazy("note of a revision", "Labels from the import of “%(name)s”")
    ),
    "ingest.labels_twice": text(
        _("Not changed: another row of the file has another wording of the same example.")
    ),
    "ingest.labels_edited": text(_("Not changed: its labels were edited at the same time.")),
    "ingest.labels_denied": text(_("You may not change this example at present.")),
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
    "ingest.not_correctable": text(
        _("These rows cannot be corrected here: they were erased, or the import is still running.")
    ),
    "ingest.corrected_already": text(
        _(
            "%(name)s corrected this row meanwhile. Copy your text if you still need it, empty "
            "the field, then send again."
        )
    ),
    "ingest.not_rejected": text(
        _("A row is none of the rejected rows of this import. Load them again.")
    ),
    "ingest.nothing_corrected": text(_("No text was changed. Correct at least one row.")),
    "ingest.trial_not_done": text(
        _("This file cannot be imported or discarded now. Upload it again.")
    ),
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
    "ingest.look_failed": text(
        _("Reading the file ended early: %(reason)s. Nothing was imported; upload it again.")
    ),
    "ingest.cancelled_look": text(_("%(member)s cancelled it. Nothing was imported.")),
    "ingest.cancelled": text(
        _("%(member)s cancelled the import. What was imported until then is kept.")
    ),
}

register(
    {
        **OF_FILES,
        **OF_PACKED,
        **OF_MAPPINGS,
        **OF_SHAPES,
        **OF_FORMATS,
        **OF_ROWS,
        **OF_CHANGES,
        **OF_BATCHES,
    }
)
