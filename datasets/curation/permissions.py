"""Permissions on one example, each rule written once.

Pages and actions call the same check: it raises in the action, and the page shows the error's text
beside the disabled button.
"""

from collections.abc import Callable, Collection, Iterable
from functools import cached_property

from django.utils.translation import gettext

from datasets.curation.lifecycle import Action, State, next_state
from datasets.curation.models import EditDraft, GoldenExample, Review
from reviewapp.core.errors import (
    BlockingFindings,
    DomainError,
    InvalidTransition,
    PermissionDeniedError,
)
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, permission_denied_reason, permissions_of

# Codes that cannot be dismissed: providers reject the file, or the example trains nothing.
UNDISMISSABLE_CODES = frozenset({"no_assistant_message", "nothing_to_learn", "tool_call"})


class ExampleAccess:
    """The permissions of one user on one example.

    Each fact is read once, when it is first needed. Inside an action that has locked the example,
    all facts are current.
    """

    def __init__(
        self,
        user: User,
        example: GoldenExample,
        *,
        permissions: frozenset[Permission] | None = None,
        author_ids: Collection[int | None] | None = None,
        has_draft: bool | None = None,
    ) -> None:
        """Create it, with the facts that the caller has read already (`request.permissions`)."""
        self.user, self.example = user, example
        if permissions is not None:
            self.permissions = permissions
        if author_ids is not None:
            self.author_ids = author_ids
        if has_draft is not None:
            self.has_draft = has_draft

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """The user's permissions in the example's project."""
        return permissions_of(self.user, self.example.project)

    @cached_property
    def author_ids(self) -> Collection[int | None]:
        """The authors and contributors of all revisions; None is the import."""
        pairs = self.example.revisions.values_list("author_id", "contributor_id")
        return writer_ids(pairs)

    @cached_property
    def has_draft(self) -> bool:
        """Whether the user has unsaved changes to the example."""
        return EditDraft.objects.filter(example=self.example, user=self.user).exists()

    @cached_property
    def was_approved(self) -> bool:
        """Whether a revision of the example was ever approved."""
        approvals = Review.objects.filter(decision=Review.Decision.APPROVE)
        return approvals.filter(revision__example=self.example).exists()

    @cached_property
    def account_maker(self) -> int | None:
        """The id of the user who knows the user's first password."""
        return self.user.password_known_to()

    def denied_reason(self, action: Action) -> str:
        """Return why the user may not do this now; empty if they may."""
        try:
            self.check(action)
        except DomainError as error:
            return str(error)
        return ""

    def check(self, action: Action) -> None:
        """Check that the user may do this now.

        Raises:
            InvalidTransition: the action is not possible in the example's state, its text was
                erased, or the user has unsaved changes that it would not include.
            PermissionDeniedError: the user lacks the permission, or may not review this example.
            BlockingFindings: open findings block it.
        """
        if self.example.erased_at is not None:
            raise InvalidTransition(message("curation.erased"))
        if self.example.deleted_at is not None:
            raise InvalidTransition(message("curation.deleted"))
        next_state(State(self.example.state), action)
        _CHECKS[action](self)

    def check_no_draft(self) -> None:
        """Raise InvalidTransition if the user has unsaved changes to the example."""
        if self.has_draft:
            raise InvalidTransition(message("curation.unsaved_changes"))

    def _check_curate(self) -> None:
        self._require(Permission.CURATE)

    def _check_submit(self) -> None:
        self._check_curate()
        self.check_no_draft()
        if count := self.example.blocking_findings:
            raise BlockingFindings(message("curation.blocked_submission", count=count))

    def _check_review(self) -> None:
        if self._review_denied_reason:
            raise PermissionDeniedError(self._review_denied_reason)

    def _check_approve(self) -> None:
        self._check_review()
        if count := self.example.blocking_findings:
            raise BlockingFindings(message("curation.blocked_approval", count=count))

    def _check_delete(self) -> None:
        self._check_curate()
        if self.was_approved:
            raise InvalidTransition(message("curation.was_approved"))
        is_lead = Permission.LEAD in self.permissions
        if not is_lead and set(self.author_ids) != {self.user.pk}:
            raise PermissionDeniedError(message("curation.others_wrote"))

    def _check_participation(self) -> None:
        require_participation(self.permissions, self.example.project)

    # Read by Approve, Request changes and the next step that the page shows.
    @cached_property
    def _review_denied_reason(self) -> str | Message:
        if self.user.pk in self.author_ids:
            return message("curation.own_revision")
        if self.account_maker in {*self.author_ids, *self.example.authors} - {None}:
            return message("curation.author_made_account")
        return permission_denied_reason(self.permissions, Permission.REVIEW, self.example.project)

    def _require(self, permission: Permission) -> None:
        reason = permission_denied_reason(self.permissions, permission, self.example.project)
        if reason:
            raise PermissionDeniedError(reason)


_CHECKS: dict[Action, Callable[[ExampleAccess], None]] = {
    Action.REVISE: ExampleAccess._check_curate,
    Action.SUBMIT: ExampleAccess._check_submit,
    Action.APPROVE: ExampleAccess._check_approve,
    Action.REQUEST_CHANGES: ExampleAccess._check_review,
    Action.REOPEN: ExampleAccess._check_participation,
    Action.RETIRE: ExampleAccess._check_curate,
    Action.DELETE: ExampleAccess._check_delete,
}


def writer_ids(pairs: Iterable[Iterable[int | None]]) -> frozenset[int | None]:
    """Return who wrote revisions, of pairs of author and contributor; None is the import."""
    return frozenset(pk for author, contributor in pairs for pk in (author, contributor or author))


def undismissable_reason(code: str) -> str:
    """Return why findings of this code cannot be dismissed; empty if they can."""
    if code in UNDISMISSABLE_CODES:
        return gettext("Providers reject this. It must be fixed and cannot be dismissed.")
    return ""


def participation_denied_reason(permissions: frozenset[Permission], project: Project) -> str:
    """Return why a user with these permissions neither curates nor reviews; empty if they do."""
    if permissions & {Permission.CURATE, Permission.REVIEW}:
        return ""
    return permission_denied_reason(permissions, Permission.CURATE, project)


def require_participation(permissions: frozenset[Permission], project: Project) -> None:
    """Raise PermissionDeniedError unless a user with these permissions curates or reviews."""
    if reason := participation_denied_reason(permissions, project):
        raise PermissionDeniedError(reason)
