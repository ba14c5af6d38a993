"""The editor as the page shows it: messages with their marks, labels, tokens and findings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from datasets import inspections
from datasets.conversations import chat
from datasets.conversations.chat import Content
from datasets.conversations.messages import Message
from datasets.curation.actions import inspection_settings_for
from datasets.curation.editing import BLANK, EditedMessage, Row, edited_messages, row_from_content
from datasets.curation.models import Finding, Revision
from datasets.curation.permissions import participation_denied_reason, undismissable_reason
from datasets.inspections import INVISIBLE_CHARACTER, InspectionFinding, Severity
from reviewapp.core.errors import InvalidInput
from reviewapp.core.forms import ActionForm
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

# What is inspected while somebody types and waits; saving inspects any length.
MAX_LIVE_CHARACTERS = 100_000
TOO_LONG_TO_CHECK = InspectionFinding(
    "not_checked",
    Severity.WARNING,
    f"Texts over {MAX_LIVE_CHARACTERS:,} characters are not checked while you type. "
    "Save to have them checked.",
)


@dataclass(frozen=True)
class ShownFinding:
    """A finding with the words it points at. Of a stored one, `stored` is the row."""

    code: str
    severity: str
    text: str
    number: int | None
    start: int | None
    end: int | None
    words: str
    replacement: str
    stored: Finding | None = None
    dismiss_denied_reason: str = ""
    # A dismissal that was refused, with the reason as typed.
    dismiss_form: ActionForm | None = None

    @property
    def replace_label(self) -> str:
        """What the button that replaces the words says."""
        if self.replacement == "\n":
            return "Replace with a line break"
        # Its replacement holds only the visible character beside it.
        if self.code == INVISIBLE_CHARACTER:
            return "Take it out"
        return f"Replace with {self.replacement}"


@dataclass(frozen=True)
class TextSpan:
    """A part of a message's words; `is_finding` if a finding points at it."""

    text: str
    is_finding: bool


@dataclass(frozen=True)
class ShownMessage:
    """A message of the editor with its words cut where findings begin and end."""

    message: EditedMessage
    text_spans: list[TextSpan]


@dataclass(frozen=True)
class Editor:
    """Everything the editor shows.

    `has_unsaved_changes` is set where it differs from the last revision.
    """

    messages: list[ShownMessage]
    row: Row
    tokens: int
    is_estimate: bool
    findings: list[ShownFinding]
    dismissed: list[ShownFinding] = field(default_factory=list)
    has_unsaved_changes: bool = False
    note: str = ""
    # Why nothing could be inspected; empty if it was.
    not_inspected_reason: str = ""

    @property
    def tags(self) -> str:
        """The tags as they are typed."""
        return ", ".join(self.row["tags"])

    @property
    def blank(self) -> EditedMessage:
        """What a script inserts as a new message."""
        return BLANK

    def with_dismissal(self, finding_id: int, form: ActionForm) -> Self:
        """Return the editor with a refused dismissal at its finding."""
        findings = [
            replace(finding, dismiss_form=form)
            if finding.stored and finding.stored.pk == finding_id
            else finding
            for finding in self.findings
        ]
        return replace(self, findings=findings)

    @property
    def replaceable(self) -> int:
        """How many findings one click can replace."""
        return sum(bool(finding.replacement) for finding in self.findings)


def saved_editor(
    revision: Revision, content: Content, permissions: frozenset[Permission]
) -> Editor:
    """Return the editor over a stored revision, with the findings that are stored."""
    refusal = participation_denied_reason(permissions, revision.example.project)
    findings = revision.findings.select_related("dismissed_by")
    shown = [_stored(finding, revision.messages, refusal) for finding in findings]
    still_open = [each for each in shown if each.stored and each.stored.state == "open"]
    dismissed = [each for each in shown if each.stored and each.stored.state == "dismissed"]
    tokens = chat.count_tokens(
        content.messages, content.tools, model=revision.example.project.tokenizer_model
    )
    messages = edited_messages(revision.messages, tokens=tokens.per_message)
    return Editor(
        messages=_split_at_findings(messages, still_open),
        row=row_from_content(content),
        tokens=tokens.total,
        is_estimate=tokens.estimate,
        findings=still_open,
        dismissed=dismissed,
    )


def typed_editor(
    row: Row, project: Project, *, base: Content | None = None, note: str = ""
) -> Editor:
    """Return the editor over what somebody typed and did not save, inspected as it stands."""
    try:
        content = with_tools(chat.normalise(row), base)
    except InvalidInput as error:
        # What cannot be stored is shown all the same, with what is wrong with it.
        return replace(
            _uncounted(row, base, note), not_inspected_reason=f"Not inspected yet. {error}"
        )
    if sum(len(message["content"] or "") for message in content.messages) > MAX_LIVE_CHARACTERS:
        return replace(_uncounted(row, base, note), findings=[_live(TOO_LONG_TO_CHECK, [])])
    tokens = chat.count_tokens(content.messages, content.tools, model=project.tokenizer_model)
    problems = inspections.inspect(content, inspection_settings_for(project), tokens=tokens)
    findings = [_live(problem, content.messages) for problem in problems]
    messages = edited_messages(
        content.messages, base=base.messages if base else (), tokens=tokens.per_message
    )
    return Editor(
        messages=_split_at_findings(messages, findings),
        row=row,
        tokens=tokens.total,
        is_estimate=tokens.estimate,
        findings=findings,
        has_unsaved_changes=True,
        note=note,
    )


def with_tools(content: Content, base: Content | None) -> Content:
    """Return content with the tools of the revision it was typed over: they are not edited."""
    if base is None:
        return content
    return replace(content, tools=base.tools, parallel_tool_calls=base.parallel_tool_calls)


def _uncounted(row: Row, base: Content | None, note: str) -> Editor:
    messages = edited_messages(row["messages"], base=base.messages if base else ())
    return Editor(
        messages=_split_at_findings(messages, []),
        row=row,
        tokens=0,
        is_estimate=True,
        findings=[],
        has_unsaved_changes=True,
        note=note,
    )


def _stored(finding: Finding, messages: Sequence[Message], refusal: str) -> ShownFinding:
    shown = _shown(finding, messages)
    return ShownFinding(
        **shown, stored=finding, dismiss_denied_reason=undismissable_reason(finding.code) or refusal
    )


def _live(problem: InspectionFinding, messages: Sequence[Message]) -> ShownFinding:
    return ShownFinding(**_shown(problem, messages))


def _shown(
    problem: Finding | InspectionFinding, messages: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    at, start, end = problem.message_index, problem.start, problem.end
    has_words = at is not None and start is not None and at < len(messages)
    text = str(messages[at]["content"] or "") if has_words and at is not None else ""
    return {
        "code": problem.code,
        "severity": str(problem.severity),
        "text": problem.text,
        "number": None if at is None else at + 1,
        "start": start,
        "end": end,
        "words": text[start:end] if has_words else "",
        "replacement": problem.replacement,
    }


def _split_at_findings(
    messages: Iterable[EditedMessage], findings: Sequence[ShownFinding]
) -> list[ShownMessage]:
    return [
        ShownMessage(
            message,
            _text_spans(
                message.text,
                sorted(
                    (found.start, found.end)
                    for found in findings
                    if found.number == message.number
                    and found.start is not None
                    and found.end is not None
                ),
            ),
        )
        for message in messages
    ]


def _text_spans(text: str, spans: list[tuple[int, int]]) -> list[TextSpan]:
    text_spans, at = [], 0
    for start, end in spans:
        if start >= at:
            text_spans += [
                TextSpan(text[at:start], is_finding=False),
                TextSpan(text[start:end], is_finding=True),
            ]
            at = end
    text_spans.append(TextSpan(text[at:], is_finding=False))
    return [text_span for text_span in text_spans if text_span.text]
