"""The decision bar: what can be done with an example now, by whom, and why not."""

from dataclasses import dataclass

from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from datasets.curation.permissions import (
    approve_refusal,
    edit_refusal,
    reopen_refusal,
    retire_refusal,
    review_refusal,
    submit_refusal,
)
from reviewapp.people.models import User

OF_THE_REVIEW = frozenset({"submit", "approve", "request_changes"})


@dataclass(frozen=True)
class Decision:
    """A button of the bar. `refusal` says why it is off; empty if it is on.

    `needs_reason` asks for the reason without which it cannot be pressed; empty if it needs none.
    """

    label: str
    url_name: str
    refusal: str
    needs_reason: str = ""
    is_main: bool = False
    key: str = ""

    @property
    def action(self) -> str:
        """The name of the address that the button posts to."""
        return f"datasets:{self.url_name}"


def decisions_on(user: User, example: GoldenExample) -> list[Decision]:
    """Return the buttons for an example in the order of the bar.

    Those of the review are always there and say why they are off; the others only for who may
    press them.
    """
    approve = Decision(
        "Approve",
        "approve",
        approve_refusal(user, example),
        is_main=True,
        key="a",
    )
    changes = Decision(
        "Request changes",
        "request_changes",
        review_refusal(user, example),
        needs_reason="Write what must change, then press Ctrl+Enter.",
        key="r",
    )
    submit = Decision(
        "Submit for review",
        "submit",
        submit_refusal(user, example),
        is_main=True,
        key="s",
    )
    why = "Write why, then press Ctrl+Enter."
    reopen = Decision(_reopen_label(user, example), "reopen", reopen_refusal(user, example), why)
    retire = Decision("Retire", "retire", retire_refusal(user, example), why)
    buttons = {
        State.DRAFT: [submit, retire],
        State.CHANGES_REQUESTED: [submit, retire],
        State.IN_REVIEW: [approve, changes, reopen, retire],
        State.APPROVED: [reopen, retire],
        State.RETIRED: [reopen],
    }[State(example.state)]
    return [each for each in buttons if each.url_name in OF_THE_REVIEW or not each.refusal]


def _reopen_label(user: User, example: GoldenExample) -> str:
    if example.state != State.IN_REVIEW:
        return "Reopen"
    return "Withdraw submission" if user.pk in example.authors else "Return to draft"


def who_must_act(user: User, example: GoldenExample) -> str:
    """Say in one sentence whose turn it is."""
    state = State(example.state)
    if state == State.IN_REVIEW:
        if review_refusal(user, example):
            return "A reviewer who wrote none of it decides."
        return "It waits for you: approve it, or say what must change."
    if state in {State.DRAFT, State.CHANGES_REQUESTED}:
        if edit_refusal(user, example):
            return "An annotator finishes it and submits it for review."
        return "It waits for an annotator: you may edit it and submit it."
    if state == State.APPROVED:
        return "Nobody has to act. The next dataset version takes it in."
    return "Nobody has to act. It stays out of new dataset versions."
