"""The prompts of an uploaded file, or the reasons why it is rejected."""

from itertools import islice
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext

from datasets.conversations.errors import RowError
from datasets.ingest.files.raw import UnreadableFile
from datasets.ingest.files.source import MAX_SIGNATURE_LENGTH, check_is_text
from evaluation.runs.prompts import Prompt, PromptSet
from evaluation.runs.rows import read_prompts
from reviewapp.core.formats import count
from reviewapp.core.messages import message
from reviewapp.core.texts import render

# More than reviewers can vote on, and few enough to be read within one request.
MAX_PROMPTS = 20_000
MAX_PROMPT_FILE_LINES = 1_000_000
MAX_PROMPT_FILE_MB = 50
SHOWN_ROW_ERRORS = 5


def prompts_of_file(upload: Any) -> PromptSet:
    """Return the prompts of an uploaded file.

    Raises:
        ValidationError: the file is too large, not JSON lines, or has rows with errors.
    """
    if upload.size > MAX_PROMPT_FILE_MB * 1024 * 1024:
        raise _file_error(
            gettext("The file is larger than %(limit)s MB.") % {"limit": MAX_PROMPT_FILE_MB}
        )
    try:
        check_is_text(upload.read(MAX_SIGNATURE_LENGTH), upload.name)
    except UnreadableFile as error:
        raise _file_error(str(error)) from error
    if sum(chunk.count(b"\n") for chunk in upload.chunks()) > MAX_PROMPT_FILE_LINES:
        raise _file_error(
            gettext("The file has more than %(limit)s lines. Draw a sample of them.")
            % {"limit": count(MAX_PROMPT_FILE_LINES)}
        )
    try:
        rows = list(islice(read_prompts(upload.file), MAX_PROMPTS + 1))
    except UnreadableFile as error:
        raise _file_error(str(error)) from error
    if len(rows) > MAX_PROMPTS:
        raise _file_error(
            gettext("The file has more than %(limit)s rows. Draw a sample of them.")
            % {"limit": count(MAX_PROMPTS)}
        )
    prompts = [row for row in rows if isinstance(row, Prompt)]
    if errors := [row for row in rows if isinstance(row, RowError)]:
        raise _file_error(*_row_errors(errors))
    if not prompts:
        raise _file_error(gettext("The file has no rows."))
    return PromptSet(prompts, file_name=upload.name[:255])


def _file_error(*sentences: str) -> forms.ValidationError:
    return forms.ValidationError({"prompt_file": list(sentences)})


def _row_errors(errors: list[RowError]) -> list[str]:
    """Return the first errors as sentences, and how many more there are."""
    shown = [
        render(message("ingest.at_line", line=error.line, cause=error.message))
        for error in errors[:SHOWN_ROW_ERRORS]
    ]
    more = len(errors) - SHOWN_ROW_ERRORS
    if more <= 0:
        return shown
    text = ngettext("%(n)s more line has errors.", "%(n)s more lines have errors.", more)
    return [*shown, text % {"n": count(more)}]
