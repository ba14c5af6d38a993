"""What a pure module may not do: read tables, settings, the environment, the clock, or draw lots.

A pure module gives the same result for the same arguments, at any time and on any machine.
"""

import ast
import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from tests.modules import APPS, MODULES, imported_modules, imported_names, module_of, name_of
from tests.trees import tree_of

# Modules that know neither Django nor the database nor the clock say "Pure" in their docstring;
# these packages are pure as a whole.
PURE_PACKAGES = (
    "datasets/inspections",
    "datasets/ingest/files",
    "datasets/versions/preflight",
    "evaluation/gates",
    "evaluation/stats",
)
# Errors, and what providers are asked and answer: classes without state, which name a type of
# Django or import it when a text is read.
CLASSES_ONLY = {
    "reviewapp.core.errors",
    "evaluation.providers.base",
    "evaluation.providers.failures",
    "evaluation.training.providers.base",
}
_IMPURE_LAYERS = "models|actions|tasks|views|forms"
_UNWANTED = re.compile(
    r"(django|celery|psycopg|time|secrets|uuid)\b|random\.(?!Random\b)|os\.(environ|getenv|urandom)"
    rf"|reviewapp\.(env|settings)\b|({'|'.join(APPS)})\.(.*\.)?({_IMPURE_LAYERS})\b"
)
_CLOCKS = {"now", "today", "utcnow"}
_GENERATORS = {"Random", "default_rng"}


def is_texts(path: Path) -> bool:
    """Whether a module holds the sentences of a pure package, which gettext translates."""
    return path.name.endswith("texts.py")


@cache
def pure_modules() -> tuple[Path, ...]:
    """Return the modules that say that they are pure, and those of pure packages."""
    return tuple(
        path
        for path in MODULES.values()
        if (name_of(path).startswith(PURE_PACKAGES) and not is_texts(path))
        or re.search(r"\bPure\b", (ast.get_docstring(tree_of(path)) or ""))
    )


def impurities(tree: ast.Module) -> Iterator[str]:
    """Yield what makes a module impure, each as a few words."""
    names = imported_names(tree)
    for name in sorted(names):
        if _UNWANTED.match(name):
            yield f"imports {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield from _unwanted_attribute(node, names)
        elif isinstance(node, ast.Call) and not node.args and not node.keywords:
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in _GENERATORS:
                yield f"calls {name}() without a seed"


def _unwanted_attribute(node: ast.Attribute, imported: Collection[str]) -> Iterator[str]:
    whole = ast.unparse(node.value)
    owner = whole.rpartition(".")[2]
    if node.attr in _CLOCKS and owner in {"date", "datetime", "timezone"}:
        yield f"reads the clock by {owner}.{node.attr}"
    # An argument may be called `random` too.
    if whole in imported and _UNWANTED.match(f"{whole}.{node.attr}"):
        yield f"uses {whole}.{node.attr}"


def impure_imports(path: Path) -> Iterator[str]:
    """Yield the modules of ours that a pure module imports although they are not pure."""
    pure = {module_of(known) for known in pure_modules()} | CLASSES_ONLY | set(APPS)
    for module in sorted(imported_modules(path) - pure):
        if not is_texts(MODULES[module]):
            yield f"imports {module}, which is not pure"
