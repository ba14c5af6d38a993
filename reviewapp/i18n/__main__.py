"""`make messages`: extract and compile messages, and list what is not translated."""

from __future__ import annotations

import sys

from reviewapp import env
from reviewapp.i18n.catalogs import faults, parse_po, write_catalogs
from reviewapp.i18n.languages import DOMAINS, LOCALE_DIR, catalog_path, translated_languages
from reviewapp.ops.launcher.console import EXIT_FAILED, print_error, print_line
from reviewapp.ops.user_error import UserError

USAGE = """usage: python3 reviewapp/launch.py messages [LANGUAGE ...]

Extracts the texts of Python, templates and JavaScript into the catalogs below reviewapp/locale,
compiles them, and lists what is not translated. A new LANGUAGE (such as it) gets a catalog."""


def main(arguments: list[str]) -> int:
    """Update the catalogs; return 0 even if translations are missing."""
    if {"-h", "--help"} & set(arguments):
        print_line(USAGE)
        return 0
    try:
        for language in arguments:
            catalog_path(language, DOMAINS[0]).parent.mkdir(parents=True, exist_ok=True)
        for name, size in write_catalogs(env.ROOT).items():
            print_line(f"{name}: {size} messages")
    except UserError as error:
        print_error(str(error))
        return EXIT_FAILED
    for language in translated_languages():
        for domain in DOMAINS:
            file = catalog_path(language, domain)
            for line in faults(parse_po(file.read_bytes(), language)):
                print_line(f"{file.relative_to(LOCALE_DIR)}: {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
