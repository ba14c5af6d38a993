"""Why an action of a reviewer is rejected: one sentence each, for comparisons and gold checks."""

from django.utils.translation import gettext

from reviewapp.core.errors import InvalidTransition


def voted_differently() -> InvalidTransition:
    """The reviewer voted on it before, with another choice."""
    return InvalidTransition(
        gettext(
            "You have voted on this example already, and differently. The first vote counts. "
            "Undo it first if you want to change it."
        )
    )


def voted_already() -> InvalidTransition:
    """The reviewer voted on it through another lease."""
    return InvalidTransition(
        gettext("You have voted on this example already. The first vote counts.")
    )


def reported_as_broken() -> InvalidTransition:
    """It is set aside."""
    return InvalidTransition(
        gettext(
            "This example was reported as broken, so it needs no votes. Go on with the next one."
        )
    )


def vote_was_undone() -> InvalidTransition:
    """The vote of this lease was undone; there is a newer lease."""
    return InvalidTransition(
        gettext("You undid this vote. The example is in your queue again: vote on it there.")
    )


def vote_is_final() -> InvalidTransition:
    """The example has all its votes and its last voter has gone on."""
    return InvalidTransition(
        gettext("This example is complete and counted, so your vote on it can no longer be undone.")
    )


def skip_is_final() -> InvalidTransition:
    """The example was given to another reviewer, or has its votes."""
    return InvalidTransition(
        gettext("This example is with another reviewer now, or has its votes. Go on.")
    )


def nothing_to_undo() -> InvalidTransition:
    """There is neither a vote nor a skip."""
    return InvalidTransition(gettext("There is no vote on this example to undo."))


def given_back() -> InvalidTransition:
    """The lease after an undo has ended too."""
    return InvalidTransition(gettext("You have voted on this example again, or given it back."))


def report_after_vote() -> InvalidTransition:
    """A vote has to be undone before the example is reported."""
    return InvalidTransition(
        gettext("You have voted on this example. Undo your vote to report it as broken.")
    )


def no_vote_for_reasons() -> InvalidTransition:
    """There is no vote that the reasons could belong to."""
    return InvalidTransition(gettext("There is no vote on this example to give reasons for."))
