"""What voting says, in the language of its reader."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from evaluation.stats.verdicts import Choice
from evaluation.voting.progress import NoComparison
from reviewapp.core.texts import register, text

REASON_LABELS: Final[Mapping[str, Promise]] = {
    "correct": pgettext_lazy("reason", "Correct"),
    "follows_policy": pgettext_lazy("reason", "Follows policy"),
    "good_tone": pgettext_lazy("reason", "Good tone"),
    "complete": pgettext_lazy("reason", "Complete"),
    "wrong": pgettext_lazy("reason", "Wrong"),
    "against_policy": pgettext_lazy("reason", "Against policy"),
    "bad_tone": pgettext_lazy("reason", "Bad tone"),
    "incomplete": pgettext_lazy("reason", "Incomplete"),
}
"""What the chips say, by the code that is stored."""

CHOICE_LABELS: Final[Mapping[str, Promise]] = {
    Choice.LEFT: pgettext_lazy("side", "Left"),
    Choice.RIGHT: pgettext_lazy("side", "Right"),
    Choice.BOTH_GOOD: _("Both good"),
    Choice.BOTH_BAD: _("Both bad"),
}
"""What the four buttons say, by the choice that is stored."""

NO_COMPARISON: Final[Mapping[NoComparison, Promise]] = {
    NoComparison.PAUSED: _("Its lead has paused this run. Your votes are stored; come back later."),
    NoComparison.CLOSED: _("Voting in this run has ended. Your votes are stored."),
    NoComparison.NOT_OPEN: _(
        "This run is not open for votes yet. Come back when its lead has opened it."
    ),
    NoComparison.HELD: _(
        "Other reviewers hold the last examples. If one becomes free, it comes to you: look again "
        "in some minutes."
    ),
    NoComparison.LANGUAGES: _(
        "The examples left are in languages that you do not read. If you read more, add them."
    ),
    NoComparison.COMPLETE: _(
        "Other reviewers have voted on everything in this run, so nothing is left for you."
    ),
    NoComparison.DONE: _("You have voted on everything in this run that needed your vote."),
}
"""Why no comparison is served to a reviewer, and what they can do."""

register(
    {
        "voting.role_customer": text(pgettext_lazy("role in a conversation", "Customer")),
        "voting.role_assistant": text(pgettext_lazy("role in a conversation", "Assistant")),
        "voting.role_tool": text(pgettext_lazy("role in a conversation", "Tool")),
        "voting.role_instructions": text(pgettext_lazy("role in a conversation", "Instructions")),
        "voting.unknown_reasons": text(
            _("These reasons are not among those that the page offers. Reload it.")
        ),
        "voting.invalid_rationale": text(
            ngettext_lazy(
                "Please write it in at most %(limit)s character, none of which is NUL.",
                "Please write it in at most %(limit)s characters, none of which is NUL.",
                "limit",
            )
        ),
        "voting.invalid_note": text(
            ngettext_lazy(
                "Write what is broken, in at most %(limit)s character, none of which is NUL.",
                "Write what is broken, in at most %(limit)s characters, none of which is NUL.",
                "limit",
            )
        ),
    }
)
