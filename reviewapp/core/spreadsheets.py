"""CSV for people who open it in a spreadsheet: no cell of it runs as a formula."""

import csv
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse

# Excel and LibreOffice detect a formula by the first character of a cell, also a full-width one,
# and some skip white space and line ends before it.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def text_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs as a formula: with a leading apostrophe."""
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text


class _Echo:
    """A file that returns each line written to it."""

    def write(self, line: str) -> str:
        return line


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield rows as lines of CSV, their texts guarded by `text_cell`."""
    writer = csv.writer(_Echo())
    for row in rows:
        cells = [text_cell(cell) if isinstance(cell, str) else cell for cell in row]
        # What `write` returns.
        yield writer.writerow(cells)


def csv_response(file_name: str, rows: Iterable[Iterable[object]]) -> StreamingHttpResponse:
    """Return rows as a CSV download, streamed."""
    return StreamingHttpResponse(
        csv_lines(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
