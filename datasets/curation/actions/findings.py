"""Replace the text of findings, or dismiss findings with a reason."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from datasets.conversations.chat import Content
from datasets.curation.actions.locking import (
    EventPayload,
    locked_example,
    record_event,
    required_text,
)
from datasets.curation.actions.revision_storage import content_of, denormalise_finding_counts
from datasets.curation.actions.revisions import revise
from datasets.curation.choices import choices_by_code, with_choice
from datasets.curation.lifecycle import State
from datasets.curation.models import Finding, GoldenExample, Revision
from datasets.curation.permissions import ExampleAccess, require_participation, undismissable_reason
from datasets.curation.ruled_out import is_ruled_out
from datasets.curation.system_messages import (
    can_get_system_message,
    system_messages_of,
    system_turn,
    text_for,
)
from datasets.inspections.characters import INVISIBLE_CHARACTER
from datasets.inspections.structure import MISSING_SYSTEM
from datasets.inspections.voice_rules import VOICE_PREFIX
from reviewapp.core.errors import (
    InvalidInput,
    InvalidTransition,
    PermissionDeniedError,
    StaleRevision,
)
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import permissions_of


@transaction.atomic
def dismiss_finding(*, finding_id: int, actor: User, reason: str) -> Finding:
    """Dismiss a finding with a reason, and record it.

    Raises:
        PermissionDeniedError: the actor neither curates nor reviews in this project.
        InvalidTransition: it is dismissed already, or the example is retired.
        StaleRevision: the finding is about an older revision.
        InvalidInput: the reason is empty or longer than 500 characters.
    """
    finding, example = _locked_finding(finding_id)
    if must_fix := undismissable_reason(finding.code):
        raise PermissionDeniedError(must_fix)
    require_participation(permissions_of(actor, example.project), example.project)
    if finding.state != Finding.State.OPEN or example.state == State.RETIRED:
        raise InvalidTransition(gettext("This finding is no longer open. Reload the page."))
    finding.reason = required_text(
        reason, message_if_empty=gettext("Give a reason for dismissing this finding.")
    )
    finding.state = Finding.State.DISMISSED
    finding.dismissed_by, finding.dismissed_at = actor, timezone.now()
    finding.save(update_fields=["state", "reason", "dismissed_by", "dismissed_at"])
    counts = denormalise_finding_counts(example, Finding.objects.filter(revision=finding.revision))
    example.updated_at = timezone.now()
    example.save(update_fields=[*counts, "updated_at"])
    payload = EventPayload(
        "dismiss_finding",
        reason=finding.reason,
        detail={"finding": finding.pk, "code": finding.code},
    )
    record_event(example, payload, actor=actor, before=example.state)
    return finding


@transaction.atomic
def replace_finding(*, finding_id: int, actor: User, choice: str = "") -> Revision:
    """Replace the text of one finding, or add what is missing, in a new revision.

    Args:
        choice: the text or policy to add, where the rule of the finding leaves a choice.

    Raises:
        StaleRevision: the finding is about an older revision.
        InvalidInput: the finding is not open, it has no replacement, there is no such choice, or
            the project knows the name by now.
        InvalidTransition: as `revise` does, or the actor has unsaved changes, which would be lost.
        PermissionDeniedError: as `revise` does.
    """
    finding, example = _locked_finding(finding_id)
    if choice:
        check_choice(example.project, finding.code, choice)
    replaceable = replaceable_findings(example.project, finding.code, choice)
    if not replaceable.filter(pk=finding.pk).exists():
        raise InvalidInput(gettext("This finding has no replacement. Edit the message instead."))
    if is_ruled_out(finding, example.project):
        raise InvalidInput(
            gettext("By the settings of the project this text may stay. Reload the page.")
        )
    return _replace([finding], finding.revision, actor=actor, choice=choice)


@transaction.atomic
def replace_all_findings(
    *, example_id: int, base_number: int, actor: User, code: str = ""
) -> Revision:
    """Replace the texts of all open findings that have a replacement, in one new revision.

    Args:
        code: only findings of this kind; all if it is empty.

    Raises:
        StaleRevision: there is a newer revision than `base_number`.
        InvalidInput: no open finding has a replacement.
        InvalidTransition: as `revise` does, or the actor has unsaved changes, which would be lost.
        PermissionDeniedError: as `revise` does.
    """
    example = locked_example(example_id)
    if example.latest_number != base_number:
        raise StaleRevision(
            gettext("Revision %(number)s was saved after you opened this page. Reload it first.")
            % {"number": example.latest_number}
        )
    revision = example.latest_revision
    replaceable = replaceable_findings(example.project, code).filter(revision=revision)
    replaceable = replaceable.select_related("revision")
    findings = [found for found in replaceable if not is_ruled_out(found, example.project)]
    check_replaceable(findings)
    return _replace(findings, revision, actor=actor)


def replaceable_findings(project: Project, code: str = "", choice: str = "") -> QuerySet[Finding]:
    """Return the open findings that have a replacement; of one kind if `code` is given.

    A missing system message has one if the project says what it is in the example's language. With
    a choice, those of the kind that miss a text at a place, or a policy.
    """
    found = Finding.objects.filter(state=Finding.State.OPEN)
    if choice:
        return found.filter(Q(message_index=None) | Q(start__isnull=False), code=code)
    found = found.filter(~Q(replacement="") | Q(removes=True) | can_get_system_message(project))
    return found.filter(code=code) if code else found


def check_choice(project: Project, code: str, choice: str) -> None:
    """Raise InvalidInput if the rule with this code does not leave this choice."""
    if choice not in {offered.value for offered in choices_by_code(project).get(code, ())}:
        raise InvalidInput(gettext("The rule has no such text any more. Reload the page."))


def check_replaceable(findings: Collection[object]) -> None:
    """Raise InvalidInput if there is no finding to replace."""
    if not findings:
        raise InvalidInput(message("curation.no_replacement"))


def replaced_content(
    content: Content,
    findings: Collection[Finding],
    system_messages: Mapping[str, str],
    choice: str = "",
) -> Content:
    """Return content with the text of each finding replaced; the given one does not change.

    A missing system message comes before the others. Of findings that overlap, only the first is
    replaced; the next inspection reports the others again.

    Args:
        system_messages: those of the project by language.
        choice: what to add for each finding, where their rule leaves a choice.
    """
    if choice:
        content = with_choice(content, findings, choice)
    messages = _replaced_messages(content.messages, findings)
    system = text_for(system_messages, content.language)
    if system and any(finding.code == MISSING_SYSTEM for finding in findings):
        messages = [system_turn(system), *messages]
    return replace(content, messages=messages)


def _replaced_messages(
    messages: list[dict[str, Any]], findings: Iterable[Finding]
) -> list[dict[str, Any]]:
    replaced = [dict(original) for original in messages]
    places: dict[int, list[tuple[int, int, str]]] = {}
    for finding in findings:
        if None not in (finding.message_index, finding.start, finding.end):
            span = (finding.start, finding.end, finding.replacement)
            places.setdefault(finding.message_index, []).append(span)  # type: ignore[arg-type]
    for index, spans in places.items():
        replaced[index]["content"] = _replaced(replaced[index]["content"], spans)
    return replaced


def _replaced(text: str, spans: list[tuple[int, int, str]]) -> str:
    parts, at = [], 0
    # Of two texts for the same place, the finding that comes first is put there first.
    for start, end, replacement in sorted(spans, key=itemgetter(0, 1)):
        if start >= at:
            parts += [text[at:start], replacement]
            at = end
    return "".join([*parts, text[at:]])


def _replace(
    findings: list[Finding], revision: Revision, *, actor: User, choice: str = ""
) -> Revision:
    ExampleAccess(actor, revision.example).check_no_draft()
    texts = system_messages_of(revision.example.project)
    return revise(
        example_id=revision.example_id,
        base_number=revision.number,
        content=replaced_content(content_of(revision), findings, texts, choice),
        actor=actor,
        note=replacement_note(findings),
    )


def replacement_note(findings: list[Finding]) -> Message:
    """Return what the replacement of these findings changes."""
    if all(finding.code == MISSING_SYSTEM for finding in findings):
        return message("curation.added_system_message")
    if any(finding.code.startswith(VOICE_PREFIX) for finding in findings):
        return message("curation.applied_voice")
    findings = [finding for finding in findings if finding.code != MISSING_SYSTEM]
    personal = [finding for finding in findings if finding.code != INVISIBLE_CHARACTER]
    if not personal:
        return message("curation.removed_invisible_characters")
    is_both = len(personal) < len(findings)
    return message(
        "curation.replaced_both" if is_both else "curation.replaced_personal_data",
        replacements=sorted({finding.replacement for finding in personal}),
    )


def _locked_finding(finding_id: int) -> tuple[Finding, GoldenExample]:
    """Lock the example, then read the finding, so that no other action changes either."""
    example_id = Revision.objects.filter(findings=finding_id).values_list("example", flat=True)
    example = locked_example(example_id.get())
    finding = Finding.objects.select_related("revision__example__project").get(pk=finding_id)
    if finding.revision.number != example.latest_number:
        raise StaleRevision(
            gettext(
                "This finding is about revision %(old)s; the current one is revision %(current)s. "
                "Reload the page."
            )
            % {"old": finding.revision.number, "current": example.latest_number}
        )
    return finding, example
