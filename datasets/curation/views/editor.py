"""The editor as the page shows it: messages with marked findings, labels, tokens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from django.utils.translation import gettext

from datasets.conversations import chat
from datasets.conversations.chat import Content
from datasets.curation.actions import findings_in
from datasets.curation.choices import offer_choices
from datasets.curation.editing import BLANK, EditedMessage, Row, edited_messages, row_from_content
from datasets.curation.models import Finding, Revision
from datasets.curation.permissions import participation_denied_reason, undismissable_reason
from datasets.curation.system_messages import system_messages_of, text_for
from datasets.duplicates.typed import LikeTyped, Typist, like_typed
from datasets.inspections.names.search import NAME_CODES
from datasets.inspections.structure import MISSING_SYSTEM
from reviewapp.core.errors import InvalidInput
from reviewapp.core.forms import ActionForm
from reviewapp.core.messages import message
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

# A user who types waits for the check; saving inspects texts of any length.
MAX_LIVE_CHARACTERS = 100_000


@dataclass(frozen=True)
class TextSpan:
    """A part of a message's text; `is_finding` if a finding points at it."""

    text: str
    is_finding: bool


@dataclass(frozen=True)
class ShownMessage:
    """A message of the editor with its text split where findings begin and end."""

    message: EditedMessage
    text_spans: list[TextSpan]


@dataclass(frozen=True)
class Editor:
    """Everything that the editor shows.

    Attributes:
        findings: the open ones; those in unsaved text are not stored and have no key.
        likes: the first examples that unsaved text is like.
        dismissible_ids: of the findings that the user may dismiss.
        known_name_ids: of those whose text the user may add to the project's known names.
        system_message: the project's for the language of the text, if one is missing there.
        may_set_system_message: whether the user may write it, or expect none.
        has_unsaved_changes: it differs from the last revision.
        not_inspected_reason: why nothing could be inspected; empty if it was.
        dismiss_form, dismiss_id: a rejected dismissal with the reason as typed, and its finding.
    """

    messages: list[ShownMessage]
    row: Row
    tokens: int
    is_estimate: bool
    findings: list[Finding]
    dismissed: list[Finding] = field(default_factory=list)
    likes: list[LikeTyped] = field(default_factory=list)
    dismissible_ids: frozenset[int] = frozenset()
    known_name_ids: frozenset[int] = frozenset()
    system_message: str = ""
    may_set_system_message: bool = False
    has_unsaved_changes: bool = False
    note: str = ""
    not_inspected_reason: str = ""
    dismiss_form: ActionForm | None = None
    dismiss_id: int | None = None

    @property
    def tags(self) -> str:
        """The tags as they are typed."""
        return ", ".join(self.row["tags"])

    @property
    def blank(self) -> EditedMessage:
        """The message that a script inserts."""
        return BLANK

    def with_dismissal(self, finding_id: int, form: ActionForm) -> Self:
        """Return the editor with a rejected dismissal at its finding."""
        return replace(self, dismiss_form=form, dismiss_id=finding_id)

    @property
    def replaceable(self) -> int:
        """The number of findings that one click can replace."""
        return sum(
            finding.has_fix or bool(finding.code == MISSING_SYSTEM and self.system_message)
            for finding in self.findings
        )


def saved_editor(
    revision: Revision, content: Content, permissions: frozenset[Permission]
) -> Editor:
    """Return the editor of a stored revision, with its stored findings."""
    findings = list(revision.findings.select_related("dismissed_by"))
    still_open = [finding for finding in findings if finding.state == Finding.State.OPEN]
    project = revision.example.project
    offer_choices(still_open, project)
    may_dismiss = not participation_denied_reason(permissions, project)
    tokens = chat.count_tokens(content.messages, content.tools, model=project.tokenizer_model)
    messages = edited_messages(revision.messages, tokens=tokens.per_message)
    return Editor(
        messages=_split_at_findings(messages, still_open),
        row=row_from_content(content),
        tokens=tokens.total,
        is_estimate=tokens.estimate,
        findings=still_open,
        dismissed=[finding for finding in findings if finding.state == Finding.State.DISMISSED],
        dismissible_ids=frozenset(
            finding.pk
            for finding in still_open
            if may_dismiss and not undismissable_reason(finding.code)
        ),
        known_name_ids=frozenset(
            finding.pk
            for finding in still_open
            if Permission.LEAD in permissions and finding.code in NAME_CODES.values()
        ),
        system_message=_system_message(project, content, still_open),
        may_set_system_message=Permission.LEAD in permissions,
    )


def typed_editor(
    row: Row, project: Project, typist: Typist, *, base: Content | None = None, note: str = ""
) -> Editor:
    """Return the editor of unsaved text, with the findings in it and the examples it is like."""
    try:
        content = with_tools(chat.normalise(row), base)
    except InvalidInput as error:
        # What cannot be stored is shown anyway, with the reason.
        not_inspected = gettext("Not inspected yet.")
        return replace(_uncounted(row, base, note), not_inspected_reason=f"{not_inspected} {error}")
    if sum(len(turn["content"] or "") for turn in content.messages) > MAX_LIVE_CHARACTERS:
        return replace(_uncounted(row, base, note), findings=[_not_checked()])
    tokens = chat.count_tokens(content.messages, content.tools, model=project.tokenizer_model)
    unsaved = Revision(messages=content.messages)
    findings = findings_in(unsaved, content, project, tokens=tokens)
    offer_choices(findings, project)
    messages = edited_messages(
        content.messages, base=base.messages if base else (), tokens=tokens.per_message
    )
    return Editor(
        messages=_split_at_findings(messages, findings),
        row=row,
        tokens=tokens.total,
        is_estimate=tokens.estimate,
        findings=findings,
        likes=like_typed(project, content.messages, typist),
        system_message=_system_message(project, content, findings),
        has_unsaved_changes=True,
        note=note,
    )


def with_tools(content: Content, base: Content | None) -> Content:
    """Return content with the tools of the revision it is based on: the editor has no tools."""
    if base is None:
        return content
    return replace(content, tools=base.tools, parallel_tool_calls=base.parallel_tool_calls)


def _system_message(project: Project, content: Content, findings: Iterable[Finding]) -> str:
    """Return the system message that one click adds; empty where none is missing."""
    if not any(finding.code == MISSING_SYSTEM for finding in findings):
        return ""
    return text_for(system_messages_of(project), content.language)


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


def _not_checked() -> Finding:
    return Finding(
        code="not_checked",
        severity=Finding.Severity.WARNING,
        text=message("inspections.not_checked", limit=MAX_LIVE_CHARACTERS),
    )


def _split_at_findings(
    messages: Iterable[EditedMessage], findings: Sequence[Finding]
) -> list[ShownMessage]:
    places: dict[int, list[tuple[int, int]]] = {}
    for finding in findings:
        if finding.message_number and finding.start is not None and finding.end is not None:
            places.setdefault(finding.message_number, []).append((finding.start, finding.end))
    return [
        ShownMessage(turn, _text_spans(turn.text, sorted(places.get(turn.number, []))))
        for turn in messages
    ]


def _text_spans(text: str, places: list[tuple[int, int]]) -> list[TextSpan]:
    text_spans, at = [], 0
    for start, end in places:
        if start >= at:
            text_spans += [
                TextSpan(text[at:start], is_finding=False),
                TextSpan(text[start:end], is_finding=True),
            ]
            at = end
    text_spans.append(TextSpan(text[at:], is_finding=False))
    return [text_span for text_span in text_spans if text_span.text]
