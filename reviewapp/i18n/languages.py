"""The languages of the interface. A new language only needs a folder below `reviewapp/locale`."""

from pathlib import Path
from typing import Final

from django.conf.locale import LANG_INFO

LOCALE_DIR: Final = Path(__file__).resolve().parent.parent / "locale"
SOURCE_LANGUAGE: Final = "en"
"""The language of the texts in the code. It has no catalog."""
DOMAINS: Final = ("django", "djangojs", "help")


def catalog_path(
    language: str, domain: str, suffix: str = "po", *, root: Path = LOCALE_DIR
) -> Path:
    """Return the path of a language's catalog.

    Args:
        language: a language code such as "de" or "pt-br".
        domain: "django" for Python and templates, "djangojs" for JavaScript, "help" for the
            documentation that the help shows.
        suffix: "po" for the source, "mo" for the compiled catalog.
        root: the folder with one folder per language.
    """
    return root / folder_name(language) / "LC_MESSAGES" / f"{domain}.{suffix}"


def folder_name(language: str) -> str:
    """Return the locale name of a language code, as gettext names folders: "pt-br" is "pt_BR"."""
    code, _, region = language.partition("-")
    return f"{code}_{region.upper()}" if region else code


def translated_languages(root: Path = LOCALE_DIR) -> list[str]:
    """Return the codes of all languages with a catalog, sorted."""
    return sorted(
        folder.parent.name.replace("_", "-").lower() for folder in root.glob("*/LC_MESSAGES")
    )


def interface_languages(root: Path = LOCALE_DIR) -> list[tuple[str, str]]:
    """Return code and own name of each language of the interface, for `settings.LANGUAGES`."""
    return [(code, own_name(code)) for code in (SOURCE_LANGUAGE, *translated_languages(root))]


def own_name(language: str) -> str:
    """Return the name of a language in that language ("Deutsch" for "de"), or its code."""
    name: str = LANG_INFO.get(language, {}).get("name_local", language)
    return name[:1].upper() + name[1:]
