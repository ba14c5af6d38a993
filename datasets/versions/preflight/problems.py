"""The errors and warnings of a file as sentences, each with the numbers of its lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_NAMED_LINES = 10


@dataclass(frozen=True)
class PreflightIssue:
    """One issue of a line. `text` describes it; each text is reported once for a file."""

    text: str
    is_error: bool = True


@dataclass
class IssueLog:
    """The issues of a file so far: for each sentence its first lines."""

    lines: dict[PreflightIssue, list[int]] = field(default_factory=dict)
    counts: dict[PreflightIssue, int] = field(default_factory=dict)

    def add(self, issue: PreflightIssue, line: int) -> None:
        """Add an issue of a line, counted from 1."""
        count = self.counts[issue] = self.counts.get(issue, 0) + 1
        if count <= MAX_NAMED_LINES:
            self.lines.setdefault(issue, []).append(line)

    def sentences(self, *, errors: bool) -> Iterator[str]:
        """Return the errors or the warnings as sentences, in the order in which they were found."""
        for issue, lines in self.lines.items():
            if issue.is_error == errors:
                yield f"{_places(lines, self.counts[issue])}: {issue.text}"


def error(text: str) -> PreflightIssue:
    """Return an issue that a provider rejects, cuts off or cannot learn from."""
    return PreflightIssue(text)


def warning(text: str) -> PreflightIssue:
    """Return an issue that deserves a look."""
    return PreflightIssue(text, is_error=False)


def _places(lines: list[int], count: int) -> str:
    if count == 1:
        return f"Line {lines[0]}"
    named = ", ".join(map(str, lines[:-1])) if count == len(lines) else ", ".join(map(str, lines))
    last = f"{lines[-1]}" if count == len(lines) else f"{count - len(lines):,} more"
    return f"Lines {named} and {last}"
