"""The codes of messages, so that tests need not repeat sentences."""

from collections.abc import Iterator

from reviewapp.core.messages import Message


def codes_in(message: Message | str) -> set[str]:
    """Return the code of a message and those of the messages inside it."""
    assert isinstance(message, Message), message
    return set(_codes(message))


def _codes(value: object) -> Iterator[str]:
    if isinstance(value, Message):
        yield value.code
        for param in value.params.values():
            yield from _codes(param)
    elif isinstance(value, list):
        for part in value:
            yield from _codes(part)
