"""How templates print a moment: one format, in UTC, with the zone beside it."""

from datetime import UTC, datetime

from django import template
from django.utils.dateformat import format as formatted
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

_MOMENT = "j M Y, H:i"
_MOMENT_WITH_SECONDS = "j M Y, H:i:s"
_DAY = "j M Y"
NOTHING = "\N{EN DASH}"
"""What is shown where nothing has happened yet."""


@register.simple_tag
def moment(value: datetime | None, *, seconds: bool = False) -> SafeString | str:
    """Return a `<time>` element such as "12 May 2026, 09:30 UTC"; a dash for None."""
    if value is None:
        return NOTHING
    utc = value.astimezone(UTC)
    shown = formatted(utc, _MOMENT_WITH_SECONDS if seconds else _MOMENT)
    return format_html('<time datetime="{}">{} UTC</time>', utc.isoformat(), shown)


@register.simple_tag
def day(value: datetime | None) -> SafeString | str:
    """Return a `<time>` element with the UTC day only; its tooltip has the hour and the zone."""
    if value is None:
        return NOTHING
    utc = value.astimezone(UTC)
    exact = f"{formatted(utc, _MOMENT)} UTC"
    shown = formatted(utc, _DAY)
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}">{}</time>', utc.isoformat(), exact, shown
    )
