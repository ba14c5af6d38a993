"""What voting says, in the language of its reader."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from evaluation.stats.verdicts import Choice
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
