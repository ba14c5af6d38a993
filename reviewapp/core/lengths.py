"""Checks of texts against the maximum lengths of their columns."""

from django.db.models import Model
from django.utils.translation import gettext

from reviewapp.core import formats
from reviewapp.core.errors import InvalidInput

SHOWN_LENGTH = 20


def check_max_lengths(model: type[Model], **given: str) -> None:
    """Check texts against the maximum length of a model's columns, by the column's name.

    Raises:
        InvalidInput: one of them is too long.
    """
    for name, text in given.items():
        field = model._meta.get_field(name)
        limit = getattr(field, "max_length", None)
        if limit is not None and len(text) > limit:
            raise InvalidInput(
                gettext(
                    "“%(start)s…” has %(length)s characters, and at most %(limit)s fit here. "
                    "Choose a shorter text."
                )
                % {
                    "start": text[:SHOWN_LENGTH],
                    "length": formats.count(len(text)),
                    "limit": formats.count(limit),
                },
                field=name,
            )
