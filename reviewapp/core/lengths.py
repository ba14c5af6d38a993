"""Checks the length of texts before the database does."""

from django.db.models import Model

from reviewapp.core.errors import InvalidInput


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
                f"The {getattr(field, 'verbose_name', name)} “{text[:20]}…” has {len(text):,} "
                f"characters, and there is room for {limit}. Choose a shorter one."
            )
