"""Labels of an imported row that differ from those of the existing example. Pure."""

from collections.abc import Collection, Mapping
from typing import Any

from datasets.ingest.files.raw import Row
from reviewapp.core.messages import Message, message, sentences

LABELS = ("intent", "tags", "language", "policies", "external_id", "split")

LABELS_OF_REVISIONS = LABELS[:4]


def labels_of(row: Row, *, language: str) -> dict[str, Any]:
    """Return the labels that a row states; `language` is the detected one if the row has none."""
    content = row.content
    stated = {
        "intent": content.intent,
        "tags": content.tags,
        "language": "" if content.language == language else content.language,
        "policies": content.policies,
        "external_id": row.external_id,
        "split": row.split,
    }
    return {key: value for key, value in stated.items() if value}


def changed_labels(stated: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the labels that differ, each with the stored and the stated value.

    A label that the row leaves out is not compared; the order of tags and policies does not count.
    """
    return {
        key: [stored[key], value]
        for key, value in stated.items()
        if _comparable(value) != _comparable(stored[key])
    }


def labels_to_change(labels: Mapping[str, list[Any]], *, fills_only: bool) -> list[str]:
    """Return which of these differing labels of an example an import changes.

    `fills_only`: those that the example has already stay. `external_id` and `split` are not part
    of its text, and stay in any case.
    """
    return [
        name
        for name in LABELS_OF_REVISIONS
        if name in labels and not (fills_only and labels[name][0])
    ]


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def label_differences_message(labels: Mapping[str, Any]) -> Message:
    """Return the labels that differ, each with the stored value and that of the row."""
    return sentences(label_messages(labels))


def label_messages(labels: Mapping[str, Any], changed: Collection[str] = ()) -> list[Message]:
    """Return a message for each label that differs; `changed` names those that were changed."""
    return [
        message(
            "ingest.label_changed" if key in changed else "ingest.label_differs",
            label=key,
            stored=labels[key][0],
            given=labels[key][1],
        )
        for key in LABELS
        if key in labels
    ]
