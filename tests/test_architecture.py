"""The map in docs/architecture.md, compared with the imports."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.layers import (
    ASSEMBLY,
    PACKAGES,
    ROOTS,
    STEPS,
    VALUE_NAMES,
    is_value,
    may_import,
    package_of,
    without_layer,
)
from tests.modules import APPS, MODULES, ROOT, imported_modules, imports, name_of, sources
from tests.purity import PURE_PACKAGES, impure_imports, impurities, is_texts, pure_modules
from tests.trees import tree_of

STATISTICS = ("evaluation/stats", "evaluation/gates", "evaluation/voting/blinding.py")
# Classes that Django finds by their place.
DJANGO_FINDS = re.compile(r"Command|\w+Config")
# One module for each outside thing.
ONLY_IMPORTER = {
    "httpcore2": {"reviewapp/core/outbound/transport.py"},
    "tiktoken": {"datasets/conversations/chat.py"},
}
READS_ENVIRONMENT = {"reviewapp/env.py", "evaluation/providers/keys.py"}
MAX_FILE_LINES = {".py": 400, ".html": 150}
MAX_FUNCTION_LINES = 40


def test_every_module_belongs_to_a_package_or_assembles_them() -> None:
    unknown = [
        module
        for module in MODULES
        if module not in APPS
        and package_of(module) not in PACKAGES
        and not ASSEMBLY.fullmatch(module)
        and module not in ROOTS
    ]
    assert unknown == [], "name the package in PACKAGES, above all that it imports"


def test_the_name_of_every_module_tells_its_layer() -> None:
    assert without_layer(MODULES) == []


def test_a_name_without_a_layer_is_not_accepted() -> None:
    known = ["evaluation.runs.rows", "datasets.bulk.api", "reviewapp.web.help.views"]
    refused = without_layer([*known, "evaluation.runs.helpers", "reviewapp.ops.helpers"])
    assert [sentence.split(". ")[0] for sentence in refused] == [
        "reviewapp.ops.helpers: tests/layers.py does not know it",
        "evaluation.runs.helpers: no layer is known for “helpers”",
    ]


def test_a_module_imports_none_of_a_later_step() -> None:
    assert may_import("reviewapp.core.forms", "reviewapp.core.texts")
    assert not may_import("reviewapp.core.texts", "reviewapp.core.forms")


def test_no_name_of_a_layer_is_left_over() -> None:
    used = {part for module in MODULES if is_value(module) for part in [module.split(".")[2]]}
    assert sorted(VALUE_NAMES - used) == [], "delete them from tests/value_names.txt"
    steps = {f"{package}.{name}" for package in STEPS for name in " ".join(STEPS[package]).split()}
    assert sorted(steps - MODULES.keys()) == [], "delete them from STEPS"


def test_imports_go_down() -> None:
    """Across packages and apps, and from layer to layer within a package."""
    wrong = [
        f"{module} imports {other}"
        for module, path in MODULES.items()
        if package_of(module) in PACKAGES
        for other in sorted(imported_modules(path))
        if not may_import(module, other)
    ]
    assert wrong == []


def cycle_in(graph: dict[str, Iterable[str]]) -> list[str]:
    """Return modules that import each other, the first one again at the end; empty if none do."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_each_other() -> None:
    assert cycle_in({module: imported_modules(path) for module, path in MODULES.items()}) == []
    assert cycle_in({"a": ["b"], "b": ["a"]}) == ["a", "b", "a"], "a cycle is found"


def test_pure_modules_are_pure() -> None:
    paths = pure_modules()
    assert len(paths) > len(PURE_PACKAGES)
    wrong = [
        f"{name_of(path)} {what}"
        for path in paths
        for what in (*impurities(tree_of(path)), *impure_imports(path))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "is_pure"),
    [
        ("from django.conf import settings", False),
        ("from datasets.curation.models import Intent", False),
        ("import time", False),
        ("from datetime import datetime\ndatetime.now()", False),
        ("import datetime\ndatetime.date.today()", False),
        ("from random import shuffle", False),
        ("import random\nrandom.random()", False),
        ("from random import Random\nRandom()", False),
        ("import numpy\nnumpy.random.default_rng()", False),
        ("import os\nos.environ['DEBUG']", False),
        ("from random import Random\nRandom(7).random()", True),
        ("from datetime import date, time, timedelta\ndate(2026, 5, 1) + timedelta(1)", True),
    ],
)
def test_what_makes_a_module_impure(source: str, *, is_pure: bool) -> None:
    assert (not [*impurities(ast.parse(source))]) is is_pure


def test_the_statistics_need_nothing_but_the_standard_library() -> None:
    allowed = {*sys.stdlib_module_names, "evaluation"}
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in sources(*STATISTICS)
        if not is_texts(path)
        for name in imports(path)
        if name.split(".")[0] not in allowed and not name.startswith("reviewapp.core.messages.")
    ]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(ONLY_IMPORTER))
def test_each_outside_service_has_one_importer(library: str) -> None:
    importers = {
        name_of(path)
        for path in MODULES.values()
        for name in imports(path)
        if name.split(".")[0] == library
    }
    assert importers == ONLY_IMPORTER[library]


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        name_of(path)
        for path in MODULES.values()
        if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
    }
    assert readers <= READS_ENVIRONMENT | {
        name_of(path) for path in sources("reviewapp/ops/launcher", "reviewapp/ops/localpg")
    }


def test_files_stay_short_enough_to_read() -> None:
    templates = (ROOT / "templates").rglob("*.html")
    long = [
        f"{name_of(path)}: {count} lines"
        for path in (*sources(*APPS, "tests"), *templates)
        if (count := len(path.read_text(encoding="utf-8").splitlines()))
        > MAX_FILE_LINES[path.suffix]
    ]
    assert long == []


def definitions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function without its docstring, which may be long."""
    first = node.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (node.end_lineno or 0) - node.lineno + 1 - docstring


def test_functions_stay_short_enough_to_read() -> None:
    long = [
        f"{name_of(path)}: {node.name} has {length_of(node)} lines"
        for path in MODULES.values()
        for node in definitions(path)
        if length_of(node) > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_every_function_and_class_is_used() -> None:
    """A top-level definition is named again: in the apps, a template, a setting or a migration."""
    words: Counter[str] = Counter()
    templates = (ROOT / "templates").rglob("*.html")
    squashed = ROOT.glob("*/migrations/*_squashed_*.py")
    for path in (*MODULES.values(), *templates, *squashed):
        words.update(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    unused = [
        f"{name_of(path)}: {node.name}"
        for path in MODULES.values()
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and words[node.name] < 2
        and not node.decorator_list
        and not DJANGO_FINDS.fullmatch(node.name)
    ]
    assert unused == []


# The frame of all pages, elements of several features, panels of a feature on another's page.
SHARED_TEMPLATES = re.compile(
    r"[^/]+|(components|allauth|styleguide|reviewapp/web)/.*|datasets/comments/_threads.html"
    r"|datasets/assignments/_assignment.html"
)
INCLUDED = re.compile(r"""{% (?:include|extends) "([^"]+)\"""")


def test_a_template_lies_in_the_folder_that_uses_it() -> None:
    root = ROOT / "templates"
    folders: dict[str, set[str]] = {}
    for path in root.rglob("*.html"):
        for name in INCLUDED.findall(path.read_text(encoding="utf-8")):
            folders.setdefault(name, set()).add(path.parent.relative_to(root).as_posix())
    misplaced = [
        f"{name}: move it to {users}"
        for name, users in sorted(folders.items())
        if not SHARED_TEMPLATES.fullmatch(name)
        and len(users) == 1
        and users != {name.rpartition("/")[0]}
    ]
    assert misplaced == []
