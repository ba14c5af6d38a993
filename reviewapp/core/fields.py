"""Model fields."""

from typing import Any

from django.db import models

from reviewapp.core.messages import Message


class MessageField(models.JSONField):
    """A column that holds a `Message`: `{"code": ..., "params": {...}}`, or NULL for none.

    Filter by code with `<field>__code`. Show it with `texts.render` or the filter `render`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the message of a row; the result of a key look-up unchanged."""
        found = super().from_db_value(value, expression, connection)
        return self.to_python(found)

    def to_python(self, value: Any) -> Any:
        """Return a stored message as a `Message`."""
        is_stored = isinstance(value, dict) and value.keys() == {"code", "params"}
        return Message.from_json(value) if is_stored else value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature.
        """Return a `Message` as JSON."""
        if isinstance(value, Message):
            value = value.as_json()
        return super().get_db_prep_value(value, connection, prepared)

    def value_to_string(self, obj: models.Model) -> Any:
        """Return the value for a serialiser."""
        value = self.value_from_object(obj)
        return value.as_json() if isinstance(value, Message) else value
