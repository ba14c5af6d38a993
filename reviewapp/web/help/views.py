"""The pages of the help: one for each topic, and one for each page of documentation."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reviewapp.web.help.documents import DOCS, GLOSSARY, part_text
from reviewapp.web.help.topics import TOPICS, Topic
from reviewapp.web.help.translated import (
    Shown,
    document_title,
    glossary,
    part_heading,
    shown,
    shown_document,
    shown_heading,
)


def words_of(topic: Topic) -> list[tuple[Shown, Shown]]:
    """Return the words of the glossary that a topic uses, with their meaning.

    Raises:
        KeyError: the glossary lacks one.
    """
    return [(shown_heading(word), shown(glossary()[word], GLOSSARY)) for word in topic.words]


@require_safe
def help_topic(request: HttpRequest, topic: str = "start") -> HttpResponse:
    """Show one topic, and links to the others."""
    if topic not in TOPICS:
        raise Http404("No such topic.")
    found = TOPICS[topic]
    parts = [
        (shown_heading(part_heading(part)), shown(part_text(part), part.document))
        for part in found.parts
    ]
    documents = sorted({part.document for part in found.parts})
    context = {
        "topic": found,
        "parts": parts,
        "words": words_of(found),
        "topics": [
            {"name": name, "title": listed.title, "is_current": name == topic}
            for name, listed in TOPICS.items()
        ],
        "documents": [(name, shown_heading(document_title(name))) for name in documents],
        "has_english": any(text.has_english for _heading, text in parts),
    }
    return render(request, "reviewapp/web/help.html", context)


@require_safe
def help_document(request: HttpRequest, document: str) -> HttpResponse:
    """Show a whole page of the documentation."""
    if document not in {path.stem for path in DOCS.glob("*.md")}:
        raise Http404("No such page of documentation.")
    context = {
        "title": shown_heading(document_title(document)),
        "text": shown_document(document),
    }
    return render(request, "reviewapp/web/help_document.html", context)
