"""Find texts that are not translated: python -m reviewapp.i18n.check [--shrink | FILE ...].

Files that are not converted yet are listed in unconverted.txt, which may only become shorter: a
clean file has to leave it (`--shrink` removes it). With files as arguments, their texts are shown.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reviewapp import env
from reviewapp.i18n.catalogs import faults, outdated_catalogs, parse_po
from reviewapp.i18n.check import python, scripts, templates
from reviewapp.i18n.check.found import Found
from reviewapp.i18n.extraction import source_files
from reviewapp.i18n.languages import DOMAINS, catalog_path, translated_languages
from reviewapp.ops.launcher.console import print_error, print_line

LIST: Final = Path(__file__).with_name("unconverted.txt")
SHOWN: Final = 5
# Commands, the trainer, the API, logs, the style guide and the demo's content are English:
# programs, operators and developers read them.
ENGLISH_ONLY: Final = (
    "/management/",
    "/api/",
    "/api.py",
    "/demo/",
    "reviewapp/i18n/",
    "reviewapp/ops/",
    "evaluation/training/trainer/",
    "templates/styleguide",
)


def main(arguments: list[str]) -> int:
    """Print the errors; return 1 if there are any."""
    if arguments == ["--shrink"]:
        shrink()
        return 0
    if arguments:
        for name, found in unwrapped_by_file(env.ROOT).items():
            if name in arguments:
                print_line("\n".join(f"{name}:{text.line}: {text.text}" for text in found))
        return 0
    errors = [*text_errors(env.ROOT), *catalog_errors(env.ROOT)]
    for error in errors:
        print_error(error)
    return int(bool(errors))


def text_errors(root: Path) -> Iterator[str]:
    """Yield a line for each unwrapped text, and for each file that has to leave the list."""
    unwrapped, listed = unwrapped_by_file(root), unconverted()
    for name, found in unwrapped.items():
        if name not in listed:
            yield from (f"{name}:{text.line}: not translated: {text.text}" for text in found)
    for name in sorted(listed - unwrapped.keys()):
        yield f"{name}: is converted: run python -m reviewapp.i18n.check --shrink"


def catalog_errors(root: Path) -> Iterator[str]:
    """Yield a line for each outdated catalog and each message without a proper translation."""
    yield from (f"{line}: run make messages" for line in outdated_catalogs(root))
    for language in translated_languages():
        for domain in DOMAINS:
            catalog = parse_po(catalog_path(language, domain).read_bytes(), language)
            yield from (f"{language}/{domain}.po: {line}" for line in faults(catalog))


def unwrapped_by_file(root: Path) -> dict[str, list[Found]]:
    """Return the unwrapped texts of each file that has any, by path."""
    files = [file for domain in DOMAINS for file in source_files(root, domain)]
    sources = {file.relative_to(root).as_posix(): file.read_text("utf-8") for file in files}
    errors = python.domain_errors(text for name, text in sources.items() if name.endswith(".py"))
    found = {name: _unwrapped(name, text, errors) for name, text in sources.items()}
    return {name: texts for name, texts in found.items() if texts}


def _unwrapped(name: str, source: str, errors: frozenset[str]) -> list[Found]:
    if any(part in f"/{name}" for part in ENGLISH_ONLY):
        return []
    if name.endswith(".html"):
        return templates.unwrapped(source)
    if name.endswith(".js"):
        return scripts.unwrapped(source)
    return python.unwrapped(source, errors=errors, is_texts=name.endswith("/texts.py"))


def unconverted() -> set[str]:
    """Return the paths of the files whose texts are not all wrapped yet."""
    return set(LIST.read_text("utf-8").split()) if LIST.exists() else set()


def shrink() -> None:
    """Remove clean files from the list."""
    left = sorted(unconverted() & unwrapped_by_file(env.ROOT).keys())
    LIST.write_text("".join(f"{name}\n" for name in left), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
