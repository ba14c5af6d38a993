"""Filters that show the codes of curation as labels, and a tag for times."""

from datetime import UTC, datetime
from typing import Final

from django import template
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy

from datasets.curation import texts
from datasets.inspections.names import model
from reviewapp.core import formats
from reviewapp.people.models import Project

register = template.Library()
register.filter(texts.role_label)
register.filter(texts.source_label)
register.filter("language_label", formats.language_name)

_CHANGES: Final[dict[str, Promise]] = {
    "added": pgettext_lazy("change of a message", "added"),
    "removed": pgettext_lazy("change of a message", "removed"),
    "changed": pgettext_lazy("change of a message", "changed"),
}
_LABELS: Final[dict[str, Promise]] = {
    "intent": pgettext_lazy("label of an example", "Intent"),
    "language": pgettext_lazy("label of an example", "Language"),
    "tags": pgettext_lazy("label of an example", "Tags"),
    "policies": pgettext_lazy("label of an example", "Policies"),
}


@register.filter
def change_label(change: str) -> str:
    """Return what happened to a message, as shown to users; empty for an unchanged one."""
    return str(_CHANGES.get(change, ""))


@register.filter
def label_name(name: str) -> str:
    """Return the name of a label of examples, as shown to users."""
    return str(_LABELS[name])


@register.simple_tag
def names_state(project: Project) -> str:
    """Return whether inspections look for names and addresses: "on", "off" or "not_installed"."""
    if not model.is_installed():
        return "not_installed"
    return "on" if project.finds_names else "off"


@register.simple_tag
def local_moment(value: datetime) -> SafeString:
    """Return a `<time>` element that a script shows in the reader's own time zone."""
    shown = formats.moment(value)
    iso = value.astimezone(UTC).isoformat()
    return format_html('<time datetime="{}" data-local>{}</time>', iso, shown)
