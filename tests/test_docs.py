"""The pages of documentation name files, modules and classes that exist; their links work."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("reviewapp", "datasets", "evaluation", "tests")
PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md"))]
PATH = re.compile(r"(?:[\w<>*-]+/)+[\w.<>*-]*|[\w-]+\.(?:py|html|js|css|toml|txt|md)")
MODULE = re.compile(rf"(?:{'|'.join(PACKAGES)})(?:\.\w+)+")
CLASS = re.compile(r"[A-Z][a-z]+(?:[A-Z]\w*)+")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
# Folders and files that an installation makes, and media types.
NOT_IN_REPOSITORY = re.compile(r"TOUCHSTONE_DATA/|\.data/|rejects/|sha256/|application/|adapters/")


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def named(page: Path) -> list[str]:
    return re.findall(r"`([^`\n]+)`", prose(page))


@cache
def python_names() -> frozenset[str]:
    """Return the names of all classes of the code."""
    names: set[str] = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            names.update(re.findall(r"^\s*class (\w+)", text, re.M))
    return frozenset(names)


@cache
def files() -> tuple[str, ...]:
    """Return the paths of files and folders of the repository, each with a slash in front."""
    tops = (ROOT / top for top in (*PACKAGES, "templates", "static", "docs"))
    paths = [*ROOT.glob("*"), *(path for top in tops for path in top.rglob("*"))]
    return tuple(f"/{path.relative_to(ROOT).as_posix()}" for path in paths)


def exists(path: str) -> bool:
    """Return whether a path exists: from the root, or as the end of a longer path."""
    parts = re.split(r"<\w+>|\*", path.rstrip("/"))
    pattern = re.compile("/" + "[^/]*".join(re.escape(part) for part in parts) + "$")
    return any(pattern.search(name) for name in files())


def is_module(name: str) -> bool:
    """Return whether a module exists and defines what the rest of the name says."""
    parts = name.split(".")
    for length in range(len(parts), 1, -1):
        path = ROOT / "/".join(parts[:length])
        if path.with_suffix(".py").exists():
            text = path.with_suffix(".py").read_text(encoding="utf-8")
            return all(re.search(rf"\b{part}\b", text) for part in parts[length:])
        if path.is_dir():
            return length == len(parts)
    return False


def is_known(name: str) -> bool:
    """Return whether a name is no path, module or class, or one that exists."""
    if PATH.fullmatch(name):
        return bool(NOT_IN_REPOSITORY.match(name)) or exists(name)
    if MODULE.fullmatch(name):
        return is_module(name)
    return not CLASS.fullmatch(name) or name in python_names()


def broken_links(page: Path) -> Iterator[str]:
    for target in LINK.findall(prose(page)):
        if not (page.parent / target).exists():
            yield target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_what_exists(page: Path) -> None:
    assert [name for name in named(page) if not is_known(name)] == []
    assert list(broken_links(page)) == []


@pytest.mark.parametrize(
    "name",
    ["evaluation/nowhere.py", "evaluation.stats.nowhere", "evaluation.nowhere", "NoSuchClass"],
)
def test_a_missing_name_is_found(name: str) -> None:
    assert not is_known(name)
