"""What imports say about files: unreadable ones, packed ones, formats of other tools."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from reviewapp.core.texts import text


def joined(names: list[str]) -> str:
    """Return the names that are not empty, separated by commas."""
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
    "ingest.file.object_too_large": text(
        _(
            "“%(name)s” is one JSON object of %(size)s MB; a row may have %(limit)s MB. "
            "Write each conversation on a line (JSON lines)."
        )
    ),
    "ingest.at_line": text(_("Line %(line)s: %(cause)s")),
    "ingest.list_not_closed": text(
        _(
            "The list at the beginning of the file is not closed: a part is missing. "
            "Export the file again."
        )
    ),
    "ingest.wrapper_broken": text(
        _("What is around the list `%(key)s` is not JSON, or too large. Save only that list.")
    ),
    "ingest.wrapper_two_lists": text(
        _(
            "The file has two lists of rows, `%(first)s` and `%(second)s`. "
            "Save each as a file of its own."
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
            "Rename or map the columns; a table needs `user` and `assistant`."
        )
    ),
    "ingest.table.no_user_column.only": text(
        _(
            "“%(name)s” has no column `user`, only %(columns)s. "
            "Rename or map the columns; a table needs `user` and `assistant`."
        ),
        columns=joined,
    ),
    "ingest.table.no_assistant_column": text(
        _(
            "“%(name)s” has no column `assistant`. %(guesses)s "
            "Rename or map the column of the answers, or add an empty one."
        )
    ),
}
OF_MAPPINGS = {
    "ingest.map.not_a_mapping": text(
        _("`%(given)s` is not a mapping. Write COLUMN=FIELD, for example question=user.")
    ),
    "ingest.map.twice": text(_("`%(column)s` is mapped twice. Map it once.")),
    "ingest.map.too_many": text(_("More than %(limit)s columns are mapped. Map fewer.")),
    "ingest.map.unknown_target": text(
        _(
            "`%(target)s` is not a field to map `%(column)s` to. Use one of %(fields)s, metadata, "
            "or skip."
        ),
        fields=joined,
    ),
    "ingest.map.same_target": text(
        _("`%(first)s` and `%(second)s` would both be `%(target)s`. Map only one of them to it.")
    ),
    "ingest.map.beside_messages": text(
        _(
            "`%(column)s` cannot be `%(target)s`: the table has whole conversations in `messages`. "
            "Map it to something else."
        )
    ),
    "ingest.map.no_column": text(
        _("It has no column or key `%(column)s`. Check the name of what is mapped.")
    ),
    "ingest.mapped": text(_("`%(column)s` is read as `%(target)s`.")),
    "ingest.mapped.metadata": text(_("`%(column)s` is kept in the metadata.")),
    "ingest.mapped.skip": text(_("`%(column)s` is left out.")),
}
OF_PACKED = {
    "ingest.packed.damaged": text(
        _("“%(name)s” is damaged or not what its name says. Save or download it again.")
    ),
    "ingest.packed.too_large": text(
        _("“%(name)s” unpacks to more than %(limit)s MB. Split it, or unpack it and import that.")
    ),
    "ingest.packed.many": text(
        _("“%(name)s” holds more than %(limit)s files. Import fewer at once.")
    ),
    "ingest.packed.encrypted": text(
        _("“%(name)s” is protected by a password. Save it without one.")
    ),
    "ingest.packed.nothing": text(
        _("“%(name)s” holds no JSON lines, JSON or CSV file. Import what is in it by itself.")
    ),
    "ingest.workbook.too_large": text(
        _("“%(name)s” is a workbook of more than %(limit)s MB unpacked. Save the sheet as CSV.")
    ),
    "ingest.workbook.too_wide": text(
        _(
            "The filled cells of “%(name)s” are too far apart: more than %(limit)s places. "
            "Save the sheet as CSV."
        )
    ),
    "ingest.workbook.empty": text(
        _("“%(name)s” has no sheet with a header and rows. Fill the first sheet.")
    ),
    "ingest.columnar.missing": text(
        _("“%(name)s” needs pyarrow, which is not installed. Run `make setup-parquet`.")
    ),
    "ingest.folder.no_files": text(
        _("“%(name)s” has no data files, or more than %(limit)s. Name one of its files.")
    ),
    "ingest.note.files_left_out": text(
        ngettext_lazy(
            "%(n)s other file of the archive was not read.",
            "%(n)s other files of the archive were not read.",
            "n",
        )
    ),
    "ingest.note.numbered_in_list": text(
        _("The rows are in one list of the file. They are numbered by their place in it.")
    ),
    "ingest.note.sheets_left_out": text(
        ngettext_lazy(
            "%(n)s other sheet of the workbook was not read. Save it as a workbook of its own.",
            "%(n)s other sheets of the workbook were not read. Save each as a workbook of its own.",
            "n",
        )
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
