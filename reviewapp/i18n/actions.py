"""Action that sets a user's language."""

from django.conf import settings

from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import User


def choose_language(*, user: User, language: str) -> None:
    """Store the language of the interface for a user. It affects no one else, so there is no event.

    Args:
        user: the user.
        language: a code of `settings.LANGUAGES`; empty to follow the browser.

    Raises:
        InvalidInput: the interface is not available in this language.
    """
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidInput("Choose one of the listed languages.", field="language")
    User.objects.filter(pk=user.pk).update(language=language)
