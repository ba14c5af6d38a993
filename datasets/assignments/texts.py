"""Texts of assignments: why an example cannot be assigned."""

from django.utils.translation import gettext_lazy as _

from reviewapp.core.texts import register, text

register(
    {
        "assignments.nobody_already": text(_("It is assigned to nobody already.")),
        "assignments.cannot_edit": text(
            _("This member may not edit examples. Choose an annotator or a lead.")
        ),
        "assignments.same": text(_("It is assigned so already.")),
        "assignments.of_another": text(
            _("It is assigned to another member. Only they or a lead can hand it on.")
        ),
        "assignments.only_take": text(
            _("Only a lead can assign an example to others. You can take it yourself.")
        ),
        "assignments.past": text(_("This day is past. Choose a day from today on.")),
    }
)
