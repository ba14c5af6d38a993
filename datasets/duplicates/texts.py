"""The sentences about duplicates."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from datasets.similarity.signatures import Kind
from reviewapp.core.texts import register, text

KINDS = {Kind.NEAR: _("Near-duplicates"), Kind.TWO_ANSWERS: _("One question, two answers")}

register(
    {
        "duplicates.no_longer_alike": text(
            _("One of the two examples was changed; they are no longer alike. Reload the page.")
        ),
        "duplicates.changed_already": text(
            _("This pair was changed in the meantime. Reload the page.")
        ),
        "duplicates.none_chosen": text(_("Choose the example to keep, and at least one other.")),
        "duplicates.too_many": text(
            ngettext_lazy(
                "At most %(limit)s example can be retired at once. Use a bulk action.",
                "At most %(limit)s examples can be retired at once. Use a bulk action.",
                "limit",
            )
        ),
        "duplicates.kept_is_retired": text(
            _("Example %(number)s cannot be kept: it is retired. Choose another one.")
        ),
    }
)
