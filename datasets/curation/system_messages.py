"""The system messages of a project: what one click puts before an example that has none."""

from collections.abc import Mapping

from django.db.models import Q

from datasets.conversations.messages import Message
from datasets.conversations.words import base_language
from datasets.curation.models import SystemMessage
from datasets.inspections.structure import MISSING_SYSTEM
from reviewapp.people.models import Project

OTHER_LANGUAGES = ""
"""The code of the system message for languages without one of their own."""


def system_messages_of(project: Project) -> dict[str, str]:
    """Return the system messages of a project by language."""
    stored = SystemMessage.objects.filter(project=project).order_by("language")
    return dict(stored.values_list("language", "text"))


def text_for(texts: Mapping[str, str], language: str) -> str:
    """Return the one of these system messages for an example in a language; may be empty."""
    return texts.get(base_language(language)) or texts.get(OTHER_LANGUAGES, "")


def system_turn(text: str) -> Message:
    """Return a system message as a conversation holds it."""
    return {"role": "system", "content": text}


def can_get_system_message(project: Project) -> Q:
    """Return the condition of findings of a missing system message that the project has."""
    texts = system_messages_of(project)
    if OTHER_LANGUAGES in texts:
        return Q(code=MISSING_SYSTEM)
    languages = Q(pk__in=[])
    for code in texts:
        languages |= Q(revision__language=code) | Q(revision__language__startswith=f"{code}-")
    return Q(code=MISSING_SYSTEM) & languages
