"""Sentences of notifications about examples and imports."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from reviewapp.core.texts import register, text

register(
    {
        "notifications.assigned": text(
            ngettext_lazy(
                "%(actor)s assigned %(count)s example to you.",
                "%(actor)s assigned %(count)s examples to you.",
                "count",
            )
        ),
        "notifications.mentioned": text(
            _("%(actor)s mentioned you in a comment on example %(example)s."), example=str
        ),
        "notifications.replied": text(
            _("%(actor)s answered in a thread of yours on example %(example)s."), example=str
        ),
        "notifications.changes_requested": text(
            ngettext_lazy(
                "%(actor)s requested changes to %(count)s example.",
                "%(actor)s requested changes to %(count)s examples.",
                "count",
            )
        ),
        "notifications.import_failed": text(_("The import of %(file)s failed.")),
    }
)
