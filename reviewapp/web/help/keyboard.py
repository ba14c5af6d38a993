"""The names of keys in the help, as the keyboard and the interface of the reader's language say."""

import re
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

NAMES: Final[dict[str, Promise]] = {
    "Ctrl": pgettext_lazy("key", "Ctrl"),
    "Enter": pgettext_lazy("key", "Enter"),
    "Page Down": pgettext_lazy("key", "Page Down"),
    "Page Up": pgettext_lazy("key", "Page Up"),
    "Shift": pgettext_lazy("key", "Shift"),
    "Space": pgettext_lazy("key", "Space"),
}
_NAME: Final = re.compile("|".join(NAMES))
# Code that is nothing but keys, such as `Ctrl Enter` and `Ctrl I`.
_KEYS: Final = re.compile(rf"`(?:{_NAME.pattern})(?: (?:{_NAME.pattern}|\S))*`")


def keys_as_named(text: str) -> str:
    """Return Markdown with the keys in its code as the interface names them."""

    def named(keys: re.Match[str]) -> str:
        return _NAME.sub(lambda name: str(NAMES[name[0]]), keys[0])

    return _KEYS.sub(named, text)
