"""Moments and days as HTML: `<time>` elements in UTC, as the language writes them."""

from datetime import UTC, date, datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from reviewapp.core import formats


def moment(value: datetime | None, *, seconds: bool = False) -> SafeString | str:
    """Return a `<time>` element such as "12 May 2026, 09:30 UTC"; a dash for None."""
    if value is None:
        return formats.NOTHING
    shown = formats.moment(value, seconds=seconds)
    return format_html('<time datetime="{}">{}</time>', value.astimezone(UTC).isoformat(), shown)


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
