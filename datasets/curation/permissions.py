"""Who may do what to an example, each answer with its reason.

Page and action ask the same function, so that a page can say why a button is off.
"""

from datasets.curation.lifecycle import Action, State, actions_in
from datasets.curation.models import EditDraft, Finding, GoldenExample
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Power, power_refusal, powers_of

# Not a matter of judgement: a file with one of these is refused, or teaches nothing.
MUST_BE_MENDED = frozenset({"no_assistant_message", "nothing_to_learn", "tool_call"})


def review_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not review this example; empty if they may."""
    if Action.APPROVE not in actions_in(State(example.state)):
        return "This example is not in review."
    if example.revisions.filter(author=user).exists():
        return "You wrote a revision of this example, so someone else must review it."
    if user.password_known_to() in example.authors:
        return "An author of this example made your account, so someone else must review it."
    return power_refusal(user, example.project, Power.REVIEW)


def edit_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not edit this example; empty if they may."""
    if Action.REVISE not in actions_in(State(example.state)):
        return "This example is retired. Reopen it to edit it."
    return power_refusal(user, example.project, Power.CURATE)


def submit_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not submit this example for review; empty if they may."""
    if Action.SUBMIT not in actions_in(State(example.state)):
        return "Only a draft, or what was sent back, can be submitted."
    if refusal := power_refusal(user, example.project, Power.CURATE):
        return refusal
    if EditDraft.objects.filter(example=example, user=user).exists():
        return "You have unsaved changes. Save or discard them first."
    if example.blocking_findings:
        return f"{_blocking(example)} First replace what was found, or say why it may stay."
    return ""


def approve_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not approve this example; empty if they may."""
    if refusal := review_refusal(user, example):
        return refusal
    if example.blocking_findings:
        return f"{_blocking(example)} Request changes, or say at the finding why it may stay."
    return ""


def retire_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not retire this example; empty if they may."""
    if Action.RETIRE not in actions_in(State(example.state)):
        return "This example is retired already."
    return power_refusal(user, example.project, Power.CURATE)


def reopen_refusal(user: User, example: GoldenExample) -> str:
    """Say why this person may not take this example back to draft; empty if they may."""
    if Action.REOPEN not in actions_in(State(example.state)):
        return "This example is open already: it can be edited as it is."
    return taking_part_refusal(user, example.project)


def dismiss_refusal(user: User, finding: Finding) -> str:
    """Say why this person may not let this finding stand; empty if they may."""
    return mending_refusal(finding.code) or taking_part_refusal(
        user, finding.revision.example.project
    )


def mending_refusal(code: str) -> str:
    """Say why no reason helps against a finding of this code; empty if one does."""
    if code in MUST_BE_MENDED:
        return "No provider trains on this. It has to be mended; a reason does not help."
    return ""


def taking_part_refusal(user: User, project: Project) -> str:
    """Say why this person neither curates nor reviews in this project; empty if they do."""
    if powers_of(user, project) & {Power.CURATE, Power.REVIEW}:
        return ""
    return power_refusal(user, project, Power.CURATE)


def _blocking(example: GoldenExample) -> str:
    count = example.blocking_findings
    return "One blocking finding is open." if count == 1 else f"{count} blocking findings are open."
