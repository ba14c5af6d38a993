"""The modules of the apps, and which of them each imports, for the tests of the architecture."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.trees import tree_of

ROOT = Path(__file__).resolve().parent.parent
APPS = ("reviewapp", "datasets", "evaluation")


def sources(*roots: str) -> Iterator[Path]:
    """Yield the modules below some folders, without migrations."""
    for root in roots:
        path = ROOT / root
        paths = [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
        yield from (source for source in paths if "migrations" not in source.parts)


def name_of(path: Path) -> str:
    """Return the path of a file from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """Return the dotted name of a module."""
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module_of(path): path for path in sources(*APPS)}


def imported_names(tree: ast.Module) -> frozenset[str]:
    """Return the names that a module imports, as `package.module.name` where it says so."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the names that a file imports."""
    return imported_names(tree_of(path))


@cache
def imported_modules(path: Path) -> frozenset[str]:
    """Return the modules of ours that a file imports."""
    found = {known_module(name) for name in imports(path)}
    return frozenset(found - {"", module_of(path)})


def known_module(name: str) -> str:
    """Return the longest beginning of a dotted name that is a module of ours; or nothing."""
    parts = name.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in MODULES), "")
