"""Texts of comments that actions and the system store."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reviewapp.core.texts import register, text

register(
    {
        "comments.erased": text(
            _("The text of this example was erased, so it has no comments any more.")
        ),
        "comments.not_own": text(_("Only its author can change this comment. Reply instead.")),
        "comments.deleted": text(_("This comment is deleted already. Reload the page.")),
        "comments.suggested": text(_("I suggest another text.")),
        "comments.accepted_suggestion": text(
            pgettext_lazy("note of a revision", "Suggested edit accepted")
        ),
        "comments.suggestion_outdated": text(
            _("The text it would replace was changed since. Edit the message by hand.")
        ),
        "comments.disagreement": text(
            _(
                "Reviewers of a closed run disagreed about two answers to this prompt. Check that "
                "the prompt is clear."
            )
        ),
    }
)
