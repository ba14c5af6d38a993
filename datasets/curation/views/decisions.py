"""The decision bar: what can be done with an example now, by whom, and why not."""

from dataclasses import dataclass

from datasets.curation.lifecycle import Action, State
from datasets.curation.permissions import ExampleAccess

REVIEW_ACTIONS = frozenset({Action.SUBMIT, Action.APPROVE, Action.REQUEST_CHANGES})


@dataclass(frozen=True)
class DecisionButton:
    """A button of the bar. `denied_reason` says why it is off; empty if it is on.

    `needs_reason` asks for the reason without which it cannot be pressed; empty if it needs none.
    """

    action: Action
    label: str
    denied_reason: str
    needs_reason: str = ""
    is_primary: bool = False
    key: str = ""

    @property
    def url_name(self) -> str:
        """The name of the address that the button posts to."""
        return f"datasets:{self.action}"


def decision_buttons(access: ExampleAccess) -> list[DecisionButton]:
    """Return the buttons for an example in the order of the bar.

    Those of the review are always there and say why they are off; the others only for who may
    press them.
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
    why = "Write why, then press Ctrl+Enter."
    match action:
        case Action.SUBMIT:
            return DecisionButton(action, "Submit for review", reason, is_primary=True, key="s")
        case Action.APPROVE:
            return DecisionButton(action, "Approve", reason, is_primary=True, key="a")
        case Action.REQUEST_CHANGES:
            what = "Write what must change, then press Ctrl+Enter."
            return DecisionButton(action, "Request changes", reason, needs_reason=what, key="r")
        case Action.REOPEN:
            return DecisionButton(action, _reopen_label(access), reason, needs_reason=why)
        case _:
            return DecisionButton(action, "Retire", reason, needs_reason=why)


def _reopen_label(access: ExampleAccess) -> str:
    if access.example.state != State.IN_REVIEW:
        return "Reopen"
    return "Withdraw submission" if access.user.pk in access.author_ids else "Return to draft"


def next_action_text(access: ExampleAccess) -> str:
    """Return a sentence that names the next action and who may take it."""
    state = State(access.example.state)
    if state == State.IN_REVIEW:
        if access.denied_reason(Action.REQUEST_CHANGES):
            return "A reviewer who wrote none of it decides."
        return "It waits for you: approve it, or say what must change."
    if state in {State.DRAFT, State.CHANGES_REQUESTED}:
        if access.denied_reason(Action.REVISE):
            return "An annotator finishes it and submits it for review."
        return "It waits for an annotator: you may edit it and submit it."
    if state == State.APPROVED:
        return "Done. It will be in the next dataset version."
    return "Done. New dataset versions leave it out."
