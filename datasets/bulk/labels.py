"""Change the labels of content by the parameters of a bulk action. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from datasets.conversations.chat import Content


def relabelled(content: Content, params: Mapping[str, Any]) -> Content:
    """Return content with changed labels.

    Args:
        content: is not changed.
        params: `intent` and `language` replace theirs, `no_intent` removes the intent; of tags and
            policies, `add_tags`, `remove_tags`, `add_policies`, `remove_policies`.
    """
    intent = "" if params.get("no_intent") else params.get("intent") or content.intent
    return replace(
        content,
        intent=intent,
        language=params.get("language") or content.language,
        tags=_changed(content.tags, params, "tags"),
        policies=_changed(content.policies, params, "policies"),
    )


def _changed(words: Sequence[str], params: Mapping[str, Any], name: str) -> list[str]:
    removed = set(params.get(f"remove_{name}", ()))
    kept = [word for word in words if word not in removed]
    return list(dict.fromkeys([*kept, *params.get(f"add_{name}", ())]))
