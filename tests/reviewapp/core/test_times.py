"""Times in templates: one format, in UTC, always with the zone."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from reviewapp.core.time_elements import day, moment

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
# A script rewrites these into the reader's own zone, and names it.
REWRITTEN = "data-local"
NOON = datetime(2026, 5, 12, 1, 30, 5, tzinfo=timezone(timedelta(hours=2)))


def test_a_moment_is_shown_in_utc_with_its_zone() -> None:
    assert moment(NOON) == (
        '<time datetime="2026-05-11T23:30:05+00:00">11 May 2026, 23:30 UTC</time>'
    )
    assert "11 May 2026, 23:30:05 UTC" in moment(NOON, seconds=True)
    assert moment(None) == "–"


def test_a_day_has_the_hour_and_zone_in_its_tooltip() -> None:
    assert day(NOON) == (
        '<time class="nowrap" datetime="2026-05-11T23:30:05+00:00" '
        'title="11 May 2026, 23:30 UTC">11 May 2026</time>'
    )
    assert day(NOON.astimezone(UTC)) == day(NOON)


def test_no_template_prints_a_time_of_day_without_the_tag() -> None:
    offending = [
        f"{path.name}: {line.strip()}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r'\|(?:date|time):"[^"]*[HGis]', line) or re.search(r"(_at|since)\|date", line)
        if REWRITTEN not in line
    ]
    assert offending == []
