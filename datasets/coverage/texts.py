"""Names of the labels, and sentences about targets and about what is curated next."""

from typing import Final

from django.utils.translation import gettext, ngettext_lazy, pgettext
from django.utils.translation import gettext_lazy as _

from datasets.coverage.cells import Axis, Labels
from reviewapp.core.formats import language_name
from reviewapp.core.texts import register, text

AXES: Final = {
    Axis.INTENT: _("Intent"),
    Axis.LANGUAGE: _("Language"),
    Axis.TAG: _("Tag"),
    Axis.POLICY: _("Policy"),
}


def shown_value(axis: Axis, value: str) -> str:
    """Return a value of a label as pages show it."""
    if not value:
        return pgettext("label of examples", "none")
    return language_name(value) if axis == Axis.LANGUAGE else value


def named(labels: Labels) -> str:
    """Return labels in one line, such as “refund × Italian”."""
    return " × ".join(shown_value(axis, value) for axis, value in labels.given().items())


def reason_text(labels: Labels, *, approved: int, wanted: int) -> str:
    """Return why an example is next, such as “refund × Italian: 3 of 10”."""
    return gettext("%(labels)s: %(approved)s of %(wanted)s approved") % {
        "labels": named(labels),
        "approved": approved,
        "wanted": wanted,
    }


register(
    {
        "coverage.no_label": text(_("Choose at least one label.")),
        "coverage.wanted": text(
            ngettext_lazy(
                "Enter how many examples are wanted, from 1 to %(n)s.",
                "Enter how many examples are wanted, from 1 to %(n)s.",
                "n",
            )
        ),
        "coverage.too_many": text(
            ngettext_lazy(
                "A project has at most %(n)s target. Remove some.",
                "A project has at most %(n)s targets. Remove some.",
                "n",
            )
        ),
        "coverage.label_too_long": text(_("A label is too long. Shorten it.")),
        "coverage.nothing_left": text(
            _("No raw conversation is left for you. Import more, or look at the queue.")
        ),
    }
)
