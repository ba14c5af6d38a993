"""The sentences of schedules."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from evaluation.training.texts import usd
from reviewapp.core.texts import register, text

register(
    {
        "training.too_many_schedules": text(
            ngettext_lazy(
                "A project has up to %(n)s schedule. Delete one first.",
                "A project has up to %(n)s schedules. Delete one first.",
                "n",
            )
        ),
        "training.schedule_state": text(
            _("The schedule was paused or resumed meanwhile. Reload the page.")
        ),
        "training.schedule_deleted": text(_("This schedule was deleted. Create a new one.")),
        "training.schedule_name": text(_("Enter a name with up to 80 characters.")),
        "training.schedule_changelog": text(
            _("Describe what the versions contain, with up to 1,000 characters.")
        ),
        "training.schedule_weekday": text(_("Choose a day of the week or of the month.")),
        "training.schedule_min_changed": text(_("Enter a number from 1 on.")),
        "training.schedule_like_id": text(
            _("Choose a supervised training of this project, whose terms are used.")
        ),
        "training.schedule_replay_percent": text(
            _(
                "Enter a share from 0 to 100, or nothing: the provider of these terms must train "
                "tuned models further."
            )
        ),
        "training.schedule_limit_usd": text(
            _("Enter the most US dollars that a training may cost without a click.")
        ),
        "training.schedule_in_window": text(
            _("The project has no time windows. Add one, or leave this out.")
        ),
        "training.few_changed": text(
            ngettext_lazy(
                "Only %(n)s example is new or reworded since the last training; the schedule "
                "waits for %(wanted)s.",
                "Only %(n)s examples are new or reworded since the last training; the schedule "
                "waits for %(wanted)s.",
                "n",
            )
        ),
        "training.waits_for_lead": text(_("It waits for a lead to check and start it.")),
        "training.schedule_needs_price": text(
            _("It waits for a lead: its base model has no price, so its cost is unknown.")
        ),
        "training.schedule_over_limit": text(
            _("It waits for a lead: it needs %(usd)s, and the limit is %(limit)s."),
            usd=usd,
            limit=usd,
        ),
        "training.schedule_failed": text(_("Nothing was frozen: %(details)s")),
        "training.superseded": text(_("A later date has prepared another training.")),
        "training.dismissed": text(_("A lead dismissed it. Its version stays.")),
        "training.not_prepared": text(
            _("This training was started or dismissed meanwhile. Reload the page.")
        ),
        "training.prepared_version": text(
            _("The schedule prepared another version. Start that one, or start a training anew.")
        ),
    }
)
