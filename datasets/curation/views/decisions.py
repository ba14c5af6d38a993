"""The decision bar: the buttons of an example, and the next step."""

from dataclasses import dataclass

from django.utils.translation import gettext, pgettext

from datasets.curation.lifecycle import Action, State
from datasets.curation.permissions import ExampleAccess

REVIEW_ACTIONS = frozenset({Action.SUBMIT, Action.APPROVE, Action.REQUEST_CHANGES})


@dataclass(frozen=True)
class DecisionButton:
    """A button of the bar.

    Attributes:
        denied_reason: why the button is disabled; empty if it is enabled.
        needs_reason: the request for a reason, which the button requires; empty if it needs none.
    """

    action: Action
    label: str
    denied_reason: str
    needs_reason: str = ""
    is_primary: bool = False
    key: str = ""

    @property
    def url_name(self) -> str:
        """The name of the URL that the button posts to."""
        return f"datasets:{self.action}"


def decision_buttons(access: ExampleAccess) -> list[DecisionButton]:
    """Return the buttons for an example in the order of the bar.

    The buttons of a review are always shown, with the reason if they are disabled; the others only
    to users who may press them.
    """
    buttons = [_button(access, action) for action in _ACTIONS[State(access.example.state)]]
    return [
        button for button in buttons if button.action in REVIEW_ACTIONS or not button.denied_reason
    ]


_ACTIONS = {
    State.DRAFT: [Action.SUBMIT, Action.RETIRE],
    State.CHANGES_REQUESTED: [Action.SUBMIT, Action.RETIRE],
    State.IN_REVIEW: [Action.APPROVE, Action.REQUEST_CHANGES, Action.REOPEN, Action.RETIRE],
    State.APPROVED: [Action.REOPEN, Action.RETIRE],
    State.RETIRED: [Action.REOPEN],
}


def _button(access: ExampleAccess, action: Action) -> DecisionButton:
    reason = access.denied_reason(action)
    match action:
        case Action.SUBMIT:
            label = gettext("Submit for review")
            return DecisionButton(action, label, reason, is_primary=True, key="s")
        case Action.APPROVE:
            label = pgettext("button", "Approve")
            return DecisionButton(action, label, reason, is_primary=True, key="a")
        case Action.REQUEST_CHANGES:
            label = pgettext("button", "Request changes")
            changes = gettext("Write what must change, then press Ctrl+Enter.")
            return DecisionButton(action, label, reason, needs_reason=changes, key="r")
        case Action.REOPEN:
            label = _reopen_label(access)
        case _:
            label = pgettext("button", "Retire")
    why = gettext("Write the reason, then press Ctrl+Enter.")
    return DecisionButton(action, label, reason, needs_reason=why)


def _reopen_label(access: ExampleAccess) -> str:
    if access.example.state != State.IN_REVIEW:
        return pgettext("button", "Reopen")
    if access.user.pk in access.author_ids:
        return gettext("Withdraw submission")
    return gettext("Return to draft")


def next_action_text(access: ExampleAccess) -> str:
    """Return a sentence that names the next action and who may take it."""
    state = State(access.example.state)
    if state == State.IN_REVIEW:
        if access.denied_reason(Action.REQUEST_CHANGES):
            return gettext("A reviewer who did not write any revision decides.")
        return gettext("Waiting for you: approve it, or request changes.")
    if state in {State.DRAFT, State.CHANGES_REQUESTED}:
        if access.denied_reason(Action.REVISE):
            return gettext("An annotator finishes it and submits it for review.")
        return gettext("Waiting for an annotator: you can edit and submit it.")
    if state == State.APPROVED:
        return gettext("Done. It will be in the next dataset version.")
    return gettext("Done. New dataset versions leave it out.")
