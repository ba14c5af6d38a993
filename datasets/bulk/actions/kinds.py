"""What each kind of bulk action checks and does: the actions and rules of the single example."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from datasets.bulk.actions.assigning import (
    assign_targets,
    check_assignment,
    check_earlier_assignment,
    restore_assignments,
)
from datasets.bulk.actions.restoring import check_unchanged_since, restore, restore_deleted
from datasets.bulk.actions.targets import Target
from datasets.bulk.labels import relabelled
from datasets.bulk.models import BulkAction, BulkKind
from datasets.bulk.replacing import Replacement
from datasets.conversations.chat import Content
from datasets.curation import actions as examples
from datasets.curation.actions import content_of
from datasets.curation.actions.deletion import delete_all
from datasets.curation.actions.findings import (
    check_replaceable,
    replaced_content,
    replacement_note,
)
from datasets.curation.actions.locking import EventPayload
from datasets.curation.actions.many import set_split_of_all, transition_all
from datasets.curation.actions.revising_many import Change, revise_all
from datasets.curation.actions.revisions import check_not_empty, differs
from datasets.curation.lifecycle import Action
from datasets.curation.models import Finding
from datasets.curation.system_messages import system_messages_of
from datasets.inspections.structure import MISSING_SYSTEM
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import Message, message


@dataclass(frozen=True)
class Rules:
    """The rules of a kind.

    Attributes:
        check: raises the DomainError because of which the example cannot be changed.
        perform: changes examples that `check` allowed while they are locked, with a few statements
            for all of them.
    """

    check: Callable[[Target], object]
    perform: Callable[[Sequence[Target]], object]


def _new_labels(target: Target) -> Content:
    """Return the content with the new labels.

    Raises:
        InvalidInput: it has them already.
    """
    # A new revision deletes the actor's draft.
    target.access.check_no_draft()
    content = relabelled(content_of(target.item.revision), target.params)
    if not differs(target.item.revision, content):
        raise InvalidInput(message("bulk.nothing_to_change"))
    return content


def _check_labels(target: Target) -> None:
    target.access.check(Action.REVISE)
    _new_labels(target)


def _relabel(targets: Sequence[Target]) -> None:
    note = message("bulk.labels_changed")
    _revise([_change(target, _new_labels(target), note) for target in targets], targets)


def _change(target: Target, content: Content, note: Message) -> Change:
    return Change(target.example, target.item.revision, content, note)


def _revise(changes: Sequence[Change], targets: Sequence[Target]) -> None:
    revise_all(changes, actor=targets[0].actor)


def _new_text(target: Target) -> Content:
    """Return the content with the text replaced.

    Raises:
        InvalidInput: nothing was found, or the expression is malformed or takes too long.
    """
    target.access.check_no_draft()
    content = Replacement.from_params(target.params).apply(content_of(target.item.revision))
    if not differs(target.item.revision, content):
        raise InvalidInput(message("bulk.not_found"))
    check_not_empty(content)
    return content


def _check_text(target: Target) -> None:
    target.access.check(Action.REVISE)
    _new_text(target)


def _replace_text(targets: Sequence[Target]) -> None:
    note = message("bulk.text_replaced")
    _revise([_change(target, _new_text(target), note) for target in targets], targets)


def _check_findings(target: Target) -> None:
    target.access.check(Action.REVISE)
    target.access.check_no_draft()
    if not target.finding_ids and target.params["code"] == MISSING_SYSTEM:
        raise InvalidInput(message("bulk.no_system_message"))
    check_replaceable(target.finding_ids)


def _replace_findings(targets: Sequence[Target]) -> None:
    ids = [finding_id for target in targets for finding_id in target.finding_ids]
    by_revision: dict[int, list[Finding]] = defaultdict(list)
    for finding in Finding.objects.filter(pk__in=ids).order_by("pk"):
        by_revision[finding.revision_id].append(finding)
    changes, texts = [], system_messages_of(targets[0].example.project)
    for target in targets:
        findings = by_revision[target.item.revision_id]
        content = content_of(target.item.revision)
        choice = target.params.get("choice", "")
        replaced = replaced_content(content, findings, texts, choice)
        changes.append(_change(target, replaced, replacement_note(findings)))
    _revise(changes, targets)


def _check_untouched(target: Target) -> None:
    """Check that an imported example can be deleted and was not touched since."""
    target.access.check(Action.DELETE)
    if target.touched_reason:
        raise InvalidTransition(message(target.touched_reason))


def _delete(targets: Sequence[Target]) -> None:
    bulk = {"bulk": targets[0].item.action_id}
    delete_all(
        [target.example for target in targets],
        EventPayload(Action.DELETE, reason=targets[0].reason, detail=bulk),
        actor=targets[0].actor,
    )


def _transition(action: Action) -> Rules:
    """Return the rules of a kind that does the same as an action on the single example."""

    def perform(targets: Sequence[Target]) -> None:
        first = targets[0]
        examples = [target.example for target in targets]
        transition_all(examples, action, actor=first.actor, reason=first.reason)

    return Rules(lambda target: target.access.check(action), perform)


def _set_split(targets: Sequence[Target]) -> None:
    examples = [target.example for target in targets]
    set_split_of_all(examples, targets[0].params["split"], actor=targets[0].actor)


RULES: Final[Mapping[BulkKind, Rules]] = {
    BulkKind.SUBMIT: _transition(Action.SUBMIT),
    BulkKind.APPROVE: _transition(Action.APPROVE),
    BulkKind.REQUEST_CHANGES: _transition(Action.REQUEST_CHANGES),
    BulkKind.LABEL: Rules(_check_labels, _relabel),
    BulkKind.ASSIGN: Rules(check_assignment, assign_targets),
    BulkKind.SPLIT: Rules(
        lambda target: examples.check_split(target.access, target.params["split"]),
        _set_split,
    ),
    BulkKind.REPLACE_FINDINGS: Rules(_check_findings, _replace_findings),
    BulkKind.REPLACE_TEXT: Rules(_check_text, _replace_text),
    BulkKind.REOPEN: _transition(Action.REOPEN),
    BulkKind.RETIRE: _transition(Action.RETIRE),
    BulkKind.DELETE: Rules(lambda target: target.access.check(Action.DELETE), _delete),
    BulkKind.TAKE_BACK: Rules(_check_untouched, _delete),
    BulkKind.UNDO: Rules(check_unchanged_since, restore),
}
_RESTORE_DELETED: Final = Rules(check_unchanged_since, restore_deleted)
_RESTORE_ASSIGNED: Final = Rules(check_earlier_assignment, restore_assignments)


def rules_of(action: BulkAction) -> Rules:
    """Return the rules of a bulk action."""
    if action.undoes is not None and action.undoes.is_deleting:
        return _RESTORE_DELETED
    if action.undoes is not None and action.undoes.kind == BulkKind.ASSIGN:
        return _RESTORE_ASSIGNED
    return RULES[BulkKind(action.kind)]
