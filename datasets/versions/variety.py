"""The diversity of a project's approved examples, measured by what was imported."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from datasets.curation.lifecycle import State
from datasets.curation.models import Revision
from datasets.similarity.variety import SAMPLE, Diversity, diversity
from reviewapp.people.models import Project

MAX_CHARACTERS: Final = 2000
"""Of a conversation only the beginning of what the customer says is compared."""


def diversity_of(project: Project) -> Diversity | None:
    """Return how varied the customers' texts of approved examples are; None if there are too few.

    It is a share of the variety of the imported conversations, each in its first wording.
    """
    present = Revision.objects.filter(
        example__project=project, example__deleted_at=None, example__erased_at=None
    )
    approved = present.filter(example__state=State.APPROVED, number=F("example__latest_number"))
    imported = present.filter(~Q(example__batch=None), number=1)
    return diversity(_sampled(approved), _sampled(imported))


def _sampled(revisions: "QuerySet[Revision]") -> list[str]:
    # The digest of a text is as good as a random number, and the same whenever it is drawn.
    found = revisions.order_by("content_hash").values_list("messages", flat=True)
    return [customer_text(messages) for messages in found[:SAMPLE]]


def customer_text(messages: Iterable[Mapping[str, Any]]) -> str:
    """Return the beginning of what the customer says in a conversation."""
    texts = (turn["content"] for turn in messages if turn["role"] == "user")
    return "\n".join(text for text in texts if text)[:MAX_CHARACTERS]


def stored_diversity(summary: Mapping[str, Any]) -> Diversity | None:
    """Return the diversity that was measured when a version was frozen; None if it was not."""
    stored = summary.get("diversity")
    return Diversity(**stored) if stored else None


def texts_of(revisions: Sequence[Revision]) -> list[str]:
    """Return what the customer says in each revision."""
    return [customer_text(revision.messages) for revision in revisions]
