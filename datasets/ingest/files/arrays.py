"""Splits a JSON list of rows into its elements while reading it, in constant memory."""

import re
from collections.abc import Iterator
from typing import IO, Any

from datasets.ingest.files.lines import BYTE_ORDER_MARK, MAX_SHOWN_BYTES, READ_BYTES, TOO_LONG
from datasets.ingest.files.raw import MAX_ROW_BYTES, RawRow, UnclosedList, UnreadableFile

TOKEN = re.compile(rb'["\[\]{},]')
TEXT = re.compile(rb'[^"\\]*')


def array_rows(file: IO[bytes] | Any) -> Iterator[RawRow]:
    """Yield the elements of the list in an open file, each as a raw row.

    Raises:
        UnreadableFile: the list is not closed, or there is something outside it.
    """
    splitter = ElementSplitter()
    while chunk := file.read(READ_BYTES):
        yield from splitter.feed(chunk)
    splitter.finish()


class ElementSplitter:
    """The state of the reader: nesting depth, whether in a string, bytes of the open element.

    Bytes after the list are appended to `rest`; without one there may be only white space.
    """

    def __init__(self, rest: bytearray | None = None) -> None:
        self._rest = rest
        self._depth = 0
        self._is_text = self._is_escaped = self._is_closed = False
        # Counted over the file: bytes before this chunk, and the current line.
        self._before, self._line = 0, 1
        self._element = bytearray()
        self._first_line = 1
        self._is_too_long = False

    def feed(self, chunk: bytes) -> Iterator[RawRow]:
        """Read a chunk; yield the elements that end in it."""
        start = len(BYTE_ORDER_MARK) if self._is_marked(chunk) else 0
        at = start
        while at < len(chunk) and not self._has_rest:
            if self._is_text:
                at = self._through_text(chunk, at)
                continue
            token = TOKEN.search(chunk, at)
            if token is None:
                break
            at = token.end()
            if self._depth == 0:
                self._open(chunk[start : token.start()], token[0])
                start = at
            elif self._depth == 1 and token[0] in b",]":
                self._keep(chunk[start : token.start()])
                start = at
                yield from self._finished(self._before + at)
                self._is_closed = token[0] == b"]"
                self._depth -= self._is_closed
            else:
                self._go_on(token[0])
        if self._has_rest and self._rest is not None:
            self._rest += chunk[start:]
        else:
            self._keep(chunk[start:])
        self._before += len(chunk)

    @property
    def _has_rest(self) -> bool:
        return self._is_closed and self._rest is not None

    def finish(self) -> None:
        """Raise UnclosedList if the file does not close the list."""
        if not self._is_closed:
            raise UnclosedList("ingest.list_not_closed")

    def _is_marked(self, chunk: bytes) -> bool:
        return self._before == 0 and chunk.startswith(BYTE_ORDER_MARK)

    def _through_text(self, chunk: bytes, at: int) -> int:
        """Return the position after the string, the escape or the chunk."""
        if self._is_escaped:
            self._is_escaped = False
            return at + 1
        match = TEXT.match(chunk, at)
        at = match.end() if match else at
        if at < len(chunk):
            self._is_escaped = chunk[at : at + 1] == b"\\"
            self._is_text = self._is_escaped
            at += 1
        return at

    def _open(self, lead: bytes, token: bytes) -> None:
        self._keep(lead)
        if token != b"[" or self._is_closed:
            raise self._misplaced()
        self._depth = 1

    def _go_on(self, token: bytes) -> None:
        if token == b'"':
            self._is_text = True
        elif token in b"{[":
            self._depth += 1
        elif token in b"}]":
            self._depth -= 1
            if self._depth == 0:
                raise self._misplaced()

    def _keep(self, part: bytes) -> None:
        """Add bytes to the open element; outside the list only white space is allowed."""
        if not self._element:
            rest = part.lstrip()
            self._line += part.count(b"\n", 0, len(part) - len(rest))
            self._first_line, part = self._line, rest
        if part and self._depth == 0:
            raise self._misplaced()
        self._line += part.count(b"\n")
        capacity = MAX_ROW_BYTES - len(self._element)
        self._is_too_long = self._is_too_long or len(part) > capacity
        self._element += part[:capacity]

    def _finished(self, end: int) -> Iterator[RawRow]:
        raw, is_too_long = bytes(self._element.strip()), self._is_too_long
        self._element, self._is_too_long = bytearray(), False
        if is_too_long:
            shown = raw[:MAX_SHOWN_BYTES]
            yield RawRow(self._first_line, end, shown, error=TOO_LONG, is_element=True)
        elif raw:
            yield RawRow(self._first_line, end, raw, is_element=True)

    def _misplaced(self) -> UnreadableFile:
        return UnreadableFile("ingest.misplaced_bracket", line=self._line)
