"""The errors and warnings of a file, each with the numbers of its lines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reviewapp.core.messages import Message, message

MAX_NAMED_LINES = 10


@dataclass(frozen=True)
class PreflightIssue:
    """One issue of a line. Issues with equal messages are reported once for a file."""

    message: Message
    is_error: bool = True


@dataclass
class _FoundIssue:
    """An issue with its first lines and the number of all its lines."""

    issue: PreflightIssue
    lines: list[int] = field(default_factory=list)
    count: int = 0


@dataclass
class IssueLog:
    """The issues of a file so far, by the content of their messages."""

    found: dict[str, _FoundIssue] = field(default_factory=dict)

    def add(self, issue: PreflightIssue, line: int) -> None:
        """Add an issue of a line, counted from 1."""
        key = json.dumps([issue.is_error, issue.message.as_json()])
        found = self.found.setdefault(key, _FoundIssue(issue))
        found.count += 1
        if found.count <= MAX_NAMED_LINES:
            found.lines.append(line)

    def messages(self, *, errors: bool) -> Iterator[Message]:
        """Yield the errors or the warnings with their lines, in the order they were found."""
        for found in self.found.values():
            if found.issue.is_error == errors:
                yield _with_lines(found)


def error(sentence: str, **params: Any) -> PreflightIssue:
    """Return an issue that a provider rejects, cuts off or cannot learn from."""
    return PreflightIssue(Message(f"preflight.{sentence}", params))


def warning(sentence: str, **params: Any) -> PreflightIssue:
    """Return an issue that deserves a look."""
    return PreflightIssue(Message(f"preflight.{sentence}", params), is_error=False)


def _with_lines(found: _FoundIssue) -> Message:
    lines, issue = found.lines, found.issue.message
    if found.count == 1:
        return message("preflight.on_line", line=lines[0], issue=issue)
    if found.count == len(lines):
        return message("preflight.on_lines", lines=lines, issue=issue)
    more = found.count - len(lines)
    return message("preflight.on_more_lines", lines=lines, n=more, issue=issue)
