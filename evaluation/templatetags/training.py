"""Amounts, losses and durations on the pages of trainings."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from datasets.versions.models import DatasetVersion
from evaluation.registry.models import ModelVersion
from evaluation.training.local import asking
from evaluation.training.models import TrainingRun
from evaluation.training.retirement.dates import (
    Shutdown,
    shutdown_of_model,
    shutdown_of_training,
    shutdowns_of,
)
from evaluation.training.texts import usd
from evaluation.training.windows.wording import local_moment
from reviewapp.core import formats

register = template.Library()
MINUTE, HOUR = 60, 3600


@register.filter
def dollars(value: Decimal | int | None) -> str:
    """Return an amount of US dollars: "$12.50"; a dash for None."""
    return formats.NOTHING if value is None else usd(float(value))


@register.simple_tag
def in_zone(value: datetime, zone: str) -> SafeString:
    """Return a `<time>` element in a time zone: "Fri 27 Nov 2026, 22:00 Europe/Berlin"."""
    shown = local_moment(value, zone)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), shown)


@register.simple_tag
def serving_of(model: ModelVersion) -> dict[str, Any]:
    """Return what a page shows of the serving of a model that was tuned here."""
    return asking.serving_of(model)


register.simple_tag(shutdown_of_training)
register.simple_tag(shutdown_of_model)


@register.simple_tag
def shutdowns_of_version(version: DatasetVersion) -> list[Shutdown]:
    """Return when the base models of the trainings on a version are shut down."""
    return shutdowns_of(version.trainings.select_related("project"))


@register.simple_tag
def erased_examples(training: TrainingRun) -> int:
    """Return how many examples that a training was given were erased since."""
    return training.audit.filter(action="erase_trained_example").count()


@register.filter
def loss(value: float | None) -> str:
    """Return a loss or an accuracy with three decimals; nothing for None."""
    return "" if value is None else formats.decimal(value, 3)


@register.filter
def duration(seconds: int) -> str:
    """Return a duration in minutes, or in hours from two on."""
    if seconds < 2 * HOUR:
        minutes = max(1, round(seconds / MINUTE))
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": formats.count(minutes)}
    hours = round(seconds / HOUR)
    return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": formats.count(hours)}
