"""Helpers of page tests: a signed-in client, and the posted fields of the editor."""

import re
from collections.abc import Sequence
from typing import Any

from django.test import Client
from django.urls import reverse

from datasets.curation.actions import content_of
from datasets.curation.editing import edited_messages
from datasets.curation.models import GoldenExample
from reviewapp.people.models import Project, User


def signed_in(user: User) -> Client:
    """Return a signed-in client."""
    client = Client()
    client.force_login(user)
    return client


def url_of(name: str, example: GoldenExample, **more: object) -> str:
    """Return the URL of a page of an example."""
    kwargs = {"slug": example.project.slug, "example_id": example.pk, **more}
    return reverse(f"datasets:{name}", kwargs=kwargs)


def editor_fields(example: GoldenExample, **changes: Any) -> dict[str, Any]:
    """Return the fields that the editor posts, some changed."""
    content = content_of(example.latest_revision)
    messages = edited_messages(content.messages)
    return {
        "base_number": example.latest_number,
        "role": [message.role for message in messages],
        "text": [message.text for message in messages],
        "extra": [message.extra for message in messages],
        "intent": content.intent,
        "language": content.language,
        "tags": ", ".join(content.tags),
        "policies": content.policies,
        **changes,
    }


def texts_with(example: GoldenExample, number: int, text: str) -> list[str]:
    """Return the texts of the messages, one of them (counted from 1) replaced."""
    texts: Sequence[str] = editor_fields(example)["text"]
    return [text if at == number - 1 else old for at, old in enumerate(texts)]


def page_text(response: Any) -> str:
    """Return the text of a page, with single spaces."""
    body: str = response.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))


def queue_of(client: Client, project: Project, **query: Any) -> list[int]:
    """Return the ids that the queue shows."""
    response = client.get(reverse("datasets:queue", args=[project.slug]), query)
    return [example.pk for example in response.context["examples"]]
