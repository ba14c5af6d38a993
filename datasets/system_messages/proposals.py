"""The system messages that examples of a project have already."""

from collections import Counter
from typing import Final

from django.db.models import F
from django.db.models.fields.json import KT

from datasets.conversations.words import base_language
from datasets.curation.models import Revision
from reviewapp.people.models import Project

NEWEST: Final = 300


def proposed_messages(project: Project) -> dict[str, str]:
    """Return the most frequent system message of the newest examples, by language.

    The empty code has the most frequent one of all.
    """
    latest = Revision.objects.filter(
        example__project=project,
        example__deleted_at=None,
        number=F("example__latest_number"),
        messages__0__role="system",
    )
    rows = latest.order_by("-example_id").annotate(first=KT("messages__0__content"))
    by_language: dict[str, Counter[str]] = {}
    for language, text in rows.values_list("language", "first")[:NEWEST]:
        if text:
            for code in {base_language(language), ""}:
                by_language.setdefault(code, Counter())[text] += 1
    return {code: texts.most_common(1)[0][0] for code, texts in by_language.items()}
