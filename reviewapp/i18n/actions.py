"""The choice of a language."""

from django.conf import settings

from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import User


def choose_language(*, user: User, language: str) -> None:
    """Store the language in which a person reads the interface. It concerns nobody else: no event.

    Args:
        user: the person.
        language: a code of `settings.LANGUAGES`; empty to follow the browser.

    Raises:
        InvalidInput: the interface does not speak it.
    """
    if language and language not in dict(settings.LANGUAGES):
        raise InvalidInput("Choose one of the listed languages.", field="language")
    User.objects.filter(pk=user.pk).update(language=language)
