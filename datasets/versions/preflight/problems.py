"""What the check of a file says: sentences, each with the lines it is about."""

from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_NAMED_LINES = 10


@dataclass(frozen=True)
class PreflightIssue:
    """One thing that is wrong with a line. `text` says what; the same text is told once a file."""

    text: str
    is_error: bool = True


@dataclass
class IssueLog:
    """The problems of a file so far: for each sentence the first lines it is about."""

    lines: dict[PreflightIssue, list[int]] = field(default_factory=dict)
    counts: dict[PreflightIssue, int] = field(default_factory=dict)

    def add(self, problem: PreflightIssue, line: int) -> None:
        """Remember a problem of a line, counted from 1."""
        count = self.counts[problem] = self.counts.get(problem, 0) + 1
        if count <= MAX_NAMED_LINES:
            self.lines.setdefault(problem, []).append(line)

    def sentences(self, *, errors: bool) -> Iterator[str]:
        """Yield the errors or the warnings as sentences, in the order they were found in."""
        for problem, lines in self.lines.items():
            if problem.is_error == errors:
                yield f"{_places(lines, self.counts[problem])}: {problem.text}"


def error(text: str) -> PreflightIssue:
    """Return what a provider refuses, cuts off or cannot learn from."""
    return PreflightIssue(text)


def warning(text: str) -> PreflightIssue:
    """Return what is worth a look."""
    return PreflightIssue(text, is_error=False)


def _places(lines: list[int], count: int) -> str:
    if count == 1:
        return f"Line {lines[0]}"
    named = ", ".join(map(str, lines[:-1])) if count == len(lines) else ", ".join(map(str, lines))
    last = f"{lines[-1]}" if count == len(lines) else f"{count - len(lines):,} more"
    return f"Lines {named} and {last}"
