"""Store content as rows: revision, findings, and the denormalised columns of the example.

Permissions are not checked here; the actions in `revisions` and `findings` do that.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from datasets.conversations import chat
from datasets.conversations.chat import Content, TokenCount
from datasets.conversations.words import base_language, indexed_words
from datasets.curation.inspection_sources import sourced_settings
from datasets.curation.models import ExampleText, Finding, GoldenExample, Intent, Revision
from datasets.inspections import InspectionFinding, InspectionSettings, registry
from datasets.similarity.actions import sign_examples
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project, ProjectEvent, User

DUPLICATE = "exact_duplicate"

# What a finding is about: its code, and the text it points at.
Subject = tuple[str, str]


def content_of(revision: Revision) -> Content:
    """Return the content of a revision."""
    return Content(
        messages=revision.messages,
        tools=revision.tools,
        parallel_tool_calls=revision.parallel_tool_calls,
        intent=revision.intent.name if revision.intent else "",
        tags=list(revision.tags),
        language=revision.language,
        policies=list(revision.policies),
    )


def inspection_settings_for(project: Project) -> InspectionSettings:
    """Return the project's inspection settings."""
    return InspectionSettings(
        token_budget=project.token_budget,
        message_token_budget=project.message_token_budget,
        tokenizer_model=project.tokenizer_model,
        requires_system_message=project.requires_system_message,
        languages=tuple(project.languages),
        phone_regions=tuple(project.phone_regions),
        project_name=project.name,
        finds_names=project.finds_names,
        known_names=tuple(project.known_names),
        **sourced_settings(project),
    )


def get_or_create_intent(project: Project, name: str, *, actor: User | None) -> Intent | None:
    """Return the project's intent of this name, created if it is new; None for no name."""
    if not name:
        return None
    intent, created = Intent.objects.get_or_create(project=project, name=name)
    if created:
        ProjectEvent.objects.create(
            project=project, actor=actor, action="create_intent", after=name
        )
    return intent


def revision_values(content: Content, tokens: TokenCount, content_hash: str) -> dict[str, Any]:
    """Return the columns of a revision that hold its content, without its intent."""
    return {
        "messages": content.messages,
        "tools": content.tools,
        "parallel_tool_calls": content.parallel_tool_calls,
        "language": content.language,
        "tags": content.tags,
        "policies": content.policies,
        "content_hash": content_hash,
        "tokens": tokens.total,
        "message_tokens": tokens.per_message,
    }


def queue_values(content: Content, *, tokens: int, content_hash: str) -> dict[str, Any]:
    """Return the denormalised columns of an example, which the queue reads."""
    return {
        "language": content.language,
        "tags": content.tags,
        "policies": content.policies,
        "preview": chat.preview(content.messages),
        "tokens": tokens,
        "message_count": len(content.messages),
        "content_hash": content_hash,
    }


def text_values(content: Content, external_id: str) -> dict[str, Any]:
    """Return the columns of an example's searched text."""
    return {
        "language": base_language(content.language),
        "words": indexed_words(content.messages, external_id),
    }


def finding_values(finding: InspectionFinding) -> dict[str, Any]:
    """Return the columns of a finding, which have the names of its fields."""
    return {**vars(finding), "severity": finding.severity.value}


def findings_in(
    revision: Revision, content: Content, project: Project, *, tokens: TokenCount | None = None
) -> list[Finding]:
    """Return the findings of the inspections in a revision, not stored."""
    found = registry.inspect(content, inspection_settings_for(project), tokens=tokens)
    return _as_rows(found, revision)


def findings_by(
    settings: InspectionSettings, revision: Revision, content: Content
) -> list[Finding]:
    """Return the same of a stored revision, whose tokens are counted."""
    # Inspections read the numbers only.
    tokens = TokenCount(revision.tokens, revision.message_tokens, estimate=False)
    return _as_rows(registry.inspect(content, settings, tokens=tokens), revision)


def _as_rows(found: Iterable[InspectionFinding], revision: Revision) -> list[Finding]:
    return [Finding(revision=revision, **finding_values(finding)) for finding in found]


def add_revision(
    example: GoldenExample,
    content: Content,
    *,
    number: int,
    author: User | None,
    note: str | Message = "",
    contributor: User | None = None,
) -> Revision:
    """Store an immutable revision of an example."""
    intent = get_or_create_intent(example.project, content.intent, actor=author)
    new = NewRevision(example, content, number, note)
    return add_revisions(
        [new], author=author, intents={content.intent: intent}, contributor=contributor
    )[0]


@dataclass(frozen=True)
class NewRevision:
    """A revision to store; `note` is what its author typed, or what an action changed."""

    example: GoldenExample
    content: Content
    number: int
    note: str | Message = ""


def add_revisions(
    new: Iterable[NewRevision],
    *,
    author: User | None,
    intents: Mapping[str, Intent | None],
    contributor: User | None = None,
) -> list[Revision]:
    """Store immutable revisions; `intents` has those of their contents by name."""
    return Revision.objects.bulk_create(
        Revision(
            example=row.example,
            number=row.number,
            intent=intents[row.content.intent],
            note=row.note if isinstance(row.note, str) else "",
            generated_note=row.note if isinstance(row.note, Message) else None,
            author=author,
            contributor=contributor,
            **_values(row.example.project, row.content),
        )
        for row in new
    )


def _values(project: Project, content: Content) -> dict[str, Any]:
    tokens = chat.count_tokens(content.messages, content.tools, model=project.tokenizer_model)
    return revision_values(content, tokens, chat.content_hash(content))


def inspect(
    example: GoldenExample,
    revision: Revision,
    content: Content,
    *,
    earlier_number: int | None = None,
) -> list[Finding]:
    """Inspect a new revision; store and return its findings.

    A finding that was dismissed in the previous revision, or in that with `earlier_number`, stays
    dismissed, with its reason, as long as the text it is about is the same.
    """
    findings = findings_by(inspection_settings_for(example.project), revision, content)
    twin = _exact_duplicate(example, revision)
    if twin is not None:
        findings.append(duplicate_finding(twin.pk, revision))
    dismissed = _dismissed(example, number=earlier_number or revision.number - 1)
    keep_dismissals(findings, revision, dismissed)
    return Finding.objects.bulk_create(findings)


def keep_dismissals(
    findings: Iterable[Finding], revision: Revision, dismissed: Mapping[Subject, Finding]
) -> None:
    """Dismiss findings, not stored yet, that were dismissed in an earlier revision."""
    for finding in findings:
        earlier = dismissed.get(_subject(finding, revision))
        if earlier is not None:
            finding.state = Finding.State.DISMISSED
            finding.dismissed_by = earlier.dismissed_by
            finding.dismissed_at = earlier.dismissed_at
            finding.reason = earlier.reason


def denormalise_revision(
    example: GoldenExample, revision: Revision, findings: Iterable[Finding]
) -> list[str]:
    """Copy the revision's values to the example's columns; return the names of these.

    Its searched text and its signature are stored.
    """
    return denormalise_revisions([(example, revision, findings)])


def denormalise_revisions(
    revised: Iterable[tuple[GoldenExample, Revision, Iterable[Finding]]],
    *,
    keep_signature: Collection[int] = (),
) -> list[str]:
    """Do so for examples of one project that differ, each with its revision and findings.

    The signatures of `keep_signature`, ids of examples, are right already.
    """
    contents, columns = {}, []
    for example, revision, findings in revised:
        contents[example] = content_of(revision)
        columns = _set_columns(example, revision, contents[example])
        columns += denormalise_finding_counts(example, findings)
    ExampleText.objects.bulk_create(
        (
            ExampleText(
                example=example,
                project_id=example.project_id,
                **text_values(content, example.external_id),
            )
            for example, content in contents.items()
        ),
        update_conflicts=True,
        unique_fields=["example"],
        update_fields=["language", "words"],
    )
    (project_id,) = {example.project_id for example in contents}
    texts = {
        example.pk: content.messages
        for example, content in contents.items()
        if example.pk not in keep_signature
    }
    if texts:
        sign_examples(project_id, texts)
    return columns


def _set_columns(example: GoldenExample, revision: Revision, content: Content) -> list[str]:
    columns: dict[str, Any] = {
        "latest_number": revision.number,
        "intent": revision.intent,
        **queue_values(content, tokens=revision.tokens, content_hash=revision.content_hash),
        "authors": _with(example.authors, revision.author_id, revision.contributor_id),
        "updated_at": timezone.now(),
    }
    for name, value in columns.items():
        setattr(example, name, value)
    return [*columns]


def denormalise_finding_counts(example: GoldenExample, findings: Iterable[Finding]) -> list[str]:
    """Set the counts of open findings; return the names of the columns."""
    still_open = [finding for finding in findings if finding.state == Finding.State.OPEN]
    example.open_findings = len(still_open)
    example.blocking_findings = sum(
        finding.severity == Finding.Severity.BLOCKING for finding in still_open
    )
    return ["open_findings", "blocking_findings"]


def _with(authors: list[int], *more: int | None) -> list[int]:
    new = [pk for pk in more if pk is not None and pk not in authors]
    return [*authors, *new]


def _exact_duplicate(example: GoldenExample, revision: Revision) -> GoldenExample | None:
    same = GoldenExample.objects.filter(
        project_id=example.project_id, content_hash=revision.content_hash
    )
    return same.exclude(pk=example.pk).order_by("pk").first()


def duplicate_finding(twin_id: int, revision: Revision) -> Finding:
    """Return the finding, not stored, that another example has the content of this revision."""
    return Finding(
        revision=revision,
        code=DUPLICATE,
        severity=Finding.Severity.WARNING,
        text=message("inspections.exact_duplicate", example=twin_id),
    )


def _dismissed(example: GoldenExample, *, number: int) -> dict[Subject, Finding]:
    earlier = Finding.objects.filter(
        revision__example=example,
        revision__number=number,
        state=Finding.State.DISMISSED,
    )
    return by_subject(earlier.select_related("revision", "dismissed_by"))


def by_subject(findings: Iterable[Finding]) -> dict[Subject, Finding]:
    """Return findings by what they are about."""
    return {_subject(finding, finding.revision): finding for finding in findings}


def _subject(finding: Finding, revision: Revision) -> Subject:
    """Return what a finding is about, comparable between two revisions."""
    if finding.message_index is None:
        return finding.code, revision.content_hash
    content = revision.messages[finding.message_index].get("content")
    if not isinstance(content, str):
        return finding.code, repr(content)
    # What is missing at a place is missing in this text.
    if finding.start is None or finding.start == finding.end:
        return finding.code, content
    return finding.code, content[finding.start : finding.end]
