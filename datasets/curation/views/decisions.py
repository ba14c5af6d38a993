"""The decision bar: what can be done with an example now, by whom, and why not."""

from dataclasses import dataclass

from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.curation.permissions import (
    approve_denied_reason,
    edit_denied_reason,
    reopen_denied_reason,
    retire_denied_reason,
    review_denied_reason,
    submit_denied_reason,
)
from reviewapp.people.models import User

REVIEW_ACTIONS = frozenset({"submit", "approve", "request_changes"})


@dataclass(frozen=True)
class DecisionButton:
    """A button of the bar. `denied_reason` says why it is off; empty if it is on.

    `needs_reason` asks for the reason without which it cannot be pressed; empty if it needs none.
    """

    label: str
    url_name: str
    denied_reason: str
    needs_reason: str = ""
    is_primary: bool = False
    key: str = ""

    @property
    def action(self) -> str:
        """The name of the address that the button posts to."""
        return f"datasets:{self.url_name}"


def decision_buttons(user: User, example: GoldenExample) -> list[DecisionButton]:
    """Return the buttons for an example in the order of the bar.

    Those of the review are always there and say why they are off; the others only for who may
    press them.
    """
    approve = DecisionButton(
        "Approve",
        "approve",
        approve_denied_reason(user, example),
        is_primary=True,
        key="a",
    )
    changes = DecisionButton(
        "Request changes",
        "request_changes",
        review_denied_reason(user, example),
        needs_reason="Write what must change, then press Ctrl+Enter.",
        key="r",
    )
    submit = DecisionButton(
        "Submit for review",
        "submit",
        submit_denied_reason(user, example),
        is_primary=True,
        key="s",
    )
    why = "Write why, then press Ctrl+Enter."
    reopen = DecisionButton(
        _reopen_label(user, example), "reopen", reopen_denied_reason(user, example), why
    )
    retire = DecisionButton("Retire", "retire", retire_denied_reason(user, example), why)
    buttons = {
        State.DRAFT: [submit, retire],
        State.CHANGES_REQUESTED: [submit, retire],
        State.IN_REVIEW: [approve, changes, reopen, retire],
        State.APPROVED: [reopen, retire],
        State.RETIRED: [reopen],
    }[State(example.state)]
    return [each for each in buttons if each.url_name in REVIEW_ACTIONS or not each.denied_reason]


def _reopen_label(user: User, example: GoldenExample) -> str:
    if example.state != State.IN_REVIEW:
        return "Reopen"
    return "Withdraw submission" if user.pk in example.authors else "Return to draft"


def next_action_text(user: User, example: GoldenExample) -> str:
    """Say in one sentence whose turn it is."""
    state = State(example.state)
    if state == State.IN_REVIEW:
        if review_denied_reason(user, example):
            return "A reviewer who wrote none of it decides."
        return "It waits for you: approve it, or say what must change."
    if state in {State.DRAFT, State.CHANGES_REQUESTED}:
        if edit_denied_reason(user, example):
            return "An annotator finishes it and submits it for review."
        return "It waits for an annotator: you may edit it and submit it."
    if state == State.APPROVED:
        return "Nobody has to act. The next dataset version takes it in."
    return "Nobody has to act. It stays out of new dataset versions."
