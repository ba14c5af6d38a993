"""Parts of the pages of versions: counts with bars, costs, examples that are left out and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from datasets.conversations.split import SPLITS
from datasets.curation.filters import ExampleFilter, FindingsFilter
from datasets.curation.lifecycle import State
from datasets.curation.texts import STATE_LABELS
from datasets.versions.costs import LISTED_PRICES, training_cost
from datasets.versions.plans import BLOCKED, UNSIGNED, LabelCount
from reviewapp.people.models import Project

# The heading and the caption of each kind of label, and the parameter that filters the queue by it.
KINDS = {
    "intents": (_("Intent"), _("Examples by intent"), "intent"),
    "languages": (_("Language"), _("Examples by language"), "language"),
    "tags": (_("Tag"), _("Examples by tag"), "tag"),
}
PERCENT = 100
OUTSIDE = {
    BLOCKED: _("Approved, with an open blocking finding"),
    UNSIGNED: _("Approved, but without a recorded approval"),
}


@dataclass(frozen=True)
class BarPart:
    """A segment of a bar: its start and width in percent of the longest bar."""

    split: str
    x: float
    width: float


@dataclass(frozen=True)
class CountRow:
    """One label with its counts, as figures and as a bar."""

    count: LabelCount
    url: str
    parts: list[BarPart]


@dataclass(frozen=True)
class CountTable:
    """The counts of one kind of label."""

    kind: str
    heading: Promise
    caption: Promise
    rows: list[CountRow]


@dataclass(frozen=True)
class LeftOutGroup:
    """A reason why examples are left out, their number, and a link to them."""

    reason: str | Promise
    count: int
    url: str


@dataclass(frozen=True)
class Cost:
    """The cost of training on a file at one price."""

    base_model: str
    usd_per_million_tokens: Decimal
    epochs: int
    as_of: date
    dollars: Decimal
    is_listed: bool


def count_tables(project: Project, counts: Mapping[str, Iterable[LabelCount]]) -> list[CountTable]:
    """Return the tables by intent, language and tag, without those that have no labels."""
    tables = []
    for kind, (heading, caption, parameter) in KINDS.items():
        found = list(counts[kind])
        longest = max((count.total for count in found), default=0)
        rows = [
            CountRow(count, _queue(project, **{parameter: count.label}), _parts(count, longest))
            for count in found
        ]
        if any(count.label for count in found):
            tables.append(CountTable(kind, heading, caption, rows))
    return tables


def stored_counts(summary: Mapping[str, Any]) -> dict[str, list[LabelCount]]:
    """Return the counts that were stored when a version was frozen."""
    counts: Mapping[str, list[dict[str, Any]]] = summary.get("counts", {})
    return {kind: [LabelCount(**row) for row in counts.get(kind, [])] for kind in KINDS}


def outside(project: Project, left_out: Mapping[str, int]) -> list[LeftOutGroup]:
    """Return why approved and other examples are left out, with a link to each group."""
    found = []
    for reason, count in left_out.items():
        if reason in OUTSIDE:
            findings = FindingsFilter.BLOCKING if reason == BLOCKED else ""
            url = _queue(project, state=State.APPROVED, findings=findings)
            found.append(LeftOutGroup(OUTSIDE[reason], count, url))
        else:
            state = State(reason)
            found.append(
                LeftOutGroup(str(STATE_LABELS[state]), count, _queue(project, state=state))
            )
    return found


def costs(project: Project, tokens: int) -> list[Cost]:
    """Return the cost of training on this many tokens, at the latest price of each base model.

    A project without prices of its own gets the list prices.
    """
    # Sorted by reading day, the latest first: the first of a model counts.
    own = {price.base_model: price for price in reversed(project.training_prices.all())}
    prices = sorted(own.values(), key=lambda price: price.base_model) or LISTED_PRICES
    return [
        Cost(
            base_model=price.base_model,
            usd_per_million_tokens=price.usd_per_million_tokens,
            epochs=price.epochs,
            as_of=price.as_of,
            dollars=training_cost(
                tokens, epochs=price.epochs, usd_per_million_tokens=price.usd_per_million_tokens
            ),
            is_listed=not own,
        )
        for price in prices
    ]


def _queue(project: Project, **narrowed: str) -> str:
    query = ExampleFilter(**narrowed).query
    path = reverse("datasets:queue", args=[project.slug])
    # The queue cannot filter for a missing label, so there is no link.
    return f"{path}?{query}" if query else ""


def _parts(count: LabelCount, longest: int) -> list[BarPart]:
    parts, x = [], 0.0
    for split in SPLITS:
        width = PERCENT * getattr(count, split) / longest if longest else 0.0
        if width:
            parts.append(BarPart(split, round(x, 2), round(width, 2)))
        x += width
    return parts
