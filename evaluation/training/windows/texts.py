"""The sentences of training windows."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from reviewapp.core.texts import register, text

register(
    {
        "training.unknown_zone": text(
            _("There is no time zone “%(name)s”. Choose one from the list.")
        ),
        "training.window_days": text(_("Choose at least one day of the week.")),
        "training.same_window": text(_("This window is in the list already.")),
        "training.too_many_windows": text(
            ngettext_lazy(
                "A project has up to %(n)s window. Remove one first.",
                "A project has up to %(n)s windows. Remove one first.",
                "n",
            )
        ),
        "training.no_windows": text(
            _("The project has no time windows. Start at once, or add a window first.")
        ),
        "training.window_is_awaited": text(
            _("A training waits for this window. Start or cancel it first.")
        ),
        "training.waits_for_no_window": text(
            _("This training does not wait for a window. Reload the page.")
        ),
    }
)
