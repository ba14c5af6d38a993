"""Who may do what to an example, each answer with its reason.

Page and action ask the same function, so that a page can say why a button is off.
"""

from datasets.curation.lifecycle import Action, State, actions_allowed_in
from datasets.curation.models import EditDraft, Finding, GoldenExample
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, permission_denied_reason, permissions_of

# Not a matter of judgement: a file with one of these is refused, or teaches nothing.
UNDISMISSABLE_CODES = frozenset({"no_assistant_message", "nothing_to_learn", "tool_call"})


def review_denied_reason(user: User, example: GoldenExample) -> str:
    """Say why this person may not review this example; empty if they may."""
    if Action.APPROVE not in actions_allowed_in(State(example.state)):
        return "This example is not in review."
    if example.revisions.filter(author=user).exists():
        return "You wrote a revision of this example, so someone else must review it."
    if user.password_known_to() in example.authors:
        return "An author of this example made your account, so someone else must review it."
    return permission_denied_reason(user, example.project, Permission.REVIEW)


def edit_denied_reason(user: User, example: GoldenExample) -> str:
    """Say why this person may not edit this example; empty if they may."""
    if Action.REVISE not in actions_allowed_in(State(example.state)):
        return "This example is retired. Reopen it to edit it."
    return permission_denied_reason(user, example.project, Permission.CURATE)


def submit_denied_reason(user: User, example: GoldenExample) -> str:
    """Say why this person may not submit this example for review; empty if they may."""
    if Action.SUBMIT not in actions_allowed_in(State(example.state)):
        return "Only a draft, or what was sent back, can be submitted."
    if denied_reason := permission_denied_reason(user, example.project, Permission.CURATE):
        return denied_reason
    if EditDraft.objects.filter(example=example, user=user).exists():
        return "You have unsaved changes. Save or discard them first."
    if example.blocking_findings:
        return f"{_blocking(example)} First replace what was found, or say why it may stay."
    return ""


def approve_denied_reason(user: User, example: GoldenExample) -> str:
    """Say why this person may not approve this example; empty if they may."""
    if denied_reason := review_denied_reason(user, example):
        return denied_reason
    if example.blocking_findings:
        return f"{_blocking(example)} Request changes, or say at the finding why it may stay."
    return ""


def retire_denied_reason(user: User, example: GoldenExample) -> str:
    """Say why this person may not retire this example; empty if they may."""
    if Action.RETIRE not in actions_allowed_in(State(example.state)):
        return "This example is retired already."
    return permission_denied_reason(user, example.project, Permission.CURATE)


def reopen_denied_reason(user: User, example: GoldenExample) -> str:
    """Say why this person may not take this example back to draft; empty if they may."""
    if Action.REOPEN not in actions_allowed_in(State(example.state)):
        return "This example is open already: it can be edited as it is."
    return participation_denied_reason(user, example.project)


def dismiss_denied_reason(user: User, finding: Finding) -> str:
    """Say why this person may not let this finding stand; empty if they may."""
    return must_fix_reason(finding.code) or participation_denied_reason(
        user, finding.revision.example.project
    )


def must_fix_reason(code: str) -> str:
    """Say why no reason helps against a finding of this code; empty if one does."""
    if code in UNDISMISSABLE_CODES:
        return "No provider trains on this. It has to be mended; a reason does not help."
    return ""


def participation_denied_reason(user: User, project: Project) -> str:
    """Say why this person neither curates nor reviews in this project; empty if they do."""
    if permissions_of(user, project) & {Permission.CURATE, Permission.REVIEW}:
        return ""
    return permission_denied_reason(user, project, Permission.CURATE)


def _blocking(example: GoldenExample) -> str:
    count = example.blocking_findings
    return "One blocking finding is open." if count == 1 else f"{count} blocking findings are open."
