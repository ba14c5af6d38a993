"""How templates print a moment: in UTC, with the zone beside it, as the language writes it."""

from datetime import UTC, date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reviewapp.core import formats

register = template.Library()


@register.simple_tag
def moment(value: datetime | None, *, seconds: bool = False) -> SafeString | str:
    """Return a `<time>` element such as "12 May 2026, 09:30 UTC"; a dash for None."""
    if value is None:
        return formats.NOTHING
    shown = formats.moment(value, seconds=seconds)
    return format_html('<time datetime="{}">{}</time>', value.astimezone(UTC).isoformat(), shown)


@register.simple_tag
def day(value: date | None) -> SafeString | str:
    """Return a `<time>` element with the UTC day only; of a moment, its tooltip has the hour."""
    if value is None:
        return formats.NOTHING
    if not isinstance(value, datetime):
        return format_html(
            '<time class="nowrap" datetime="{}">{}</time>', value.isoformat(), formats.day(value)
        )
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}">{}</time>',
        value.astimezone(UTC).isoformat(),
        formats.moment(value),
        formats.day(value),
    )
