"""The map in docs/architecture.md, compared with the imports."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.trees import tree_of

ROOT = Path(__file__).resolve().parent.parent
APPS = ("reviewapp", "datasets", "evaluation")

# Packages, lower first: a package may import itself and those before it.
PACKAGES = [
    "reviewapp.core",
    "reviewapp.people",
    "reviewapp.audit",
    "reviewapp.jobs",
    "reviewapp.notifications",
    "reviewapp.webhooks",
    "datasets.conversations",
    "datasets.inspections",
    "datasets.similarity",
    "datasets.curation",
    "datasets.comments",
    "datasets.assignments",
    "datasets.saved_views",
    "datasets.ingest",
    "datasets.bulk",
    "datasets.duplicates",
    "datasets.voice",
    "datasets.known_names",
    "datasets.system_messages",
    "datasets.text_blocks",
    "datasets.versions",
    "datasets.coverage",
    "datasets.erasure",
    "datasets.notices",
    "evaluation.stats",
    "evaluation.gates",
    "evaluation.providers",
    "evaluation.registry",
    "evaluation.runs",
    "evaluation.preferences",
    "evaluation.training",
    "evaluation.batches",
    "evaluation.voting",
    "evaluation.adjudication",
    "evaluation.results",
    "evaluation.judge",
    "evaluation.erasure",
    "evaluation.promotion",
    "evaluation.shadow",
    "evaluation.pipeline",
    "evaluation.notices",
    "evaluation.demo",
    "reviewapp.web",
    "reviewapp.ops",
    "reviewapp.i18n",
]
# They may import everything below them, pages too.
TOP = {"evaluation.demo", "reviewapp.web", "reviewapp.ops", "reviewapp.i18n"}
# Modules of the root that every package may import.
ROOTS = {"reviewapp.env", "reviewapp.celery", "reviewapp.ops.process"}
# What assembles the packages: Django looks for these in the root of an app.
ASSEMBLY = re.compile(
    r"(datasets|evaluation)\.(models|urls|apps|audit|management|templatetags)(\..*)?|"
    r"reviewapp\.(settings|urls|apps|celery|env|wsgi|launch|templatetags)(\..*)?"
)
# Layers within a package, lower first, by the name of the module or its folder. Modules of other
# names are values and queries: they may read tables, and know no action. The layers from "forms" on
# prepare and take what people see: they may ask any package of their app, except for its pages.
LAYERS = ["models", "permissions", "values", "actions", "tasks", "management", "forms", "views"]
SAME_LAYER = {"api": "views", "urls": "views"}
VALUES, PAGES = LAYERS.index("values"), LAYERS.index("forms")
# Modules that know neither Django nor the database nor the clock say "Pure" in their docstring;
# these packages are pure as a whole.
PURE_PACKAGES = (
    "datasets/inspections",
    "datasets/ingest/files",
    "datasets/versions/preflight",
    "evaluation/gates",
    "evaluation/stats",
)
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


def sources(*roots: str) -> Iterator[Path]:
    for root in roots:
        path = ROOT / root
        paths = [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
        yield from (source for source in paths if "migrations" not in source.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module_of(path): path for path in sources(*APPS)}


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the module names that a file imports, as `package.module.name` where it says so."""
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


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


def offenders(paths: Iterable[Path], pattern: str) -> list[str]:
    return [
        f"{name_of(path)} imports {name}"
        for path in paths
        for name in imports(path)
        if re.match(pattern, name)
    ]


def package_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def layer_of(module: str) -> int:
    """Return the layer of a module of a package, by the last part of its name that is one."""
    parts = [SAME_LAYER.get(part, part) for part in module.split(".")[2:]]
    return next((LAYERS.index(part) for part in reversed(parts) if part in LAYERS), VALUES)


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


def may_import(module: str, other: str) -> bool:
    """Whether a module of a package may import another module of ours."""
    own, target = package_of(module), package_of(other)
    if other in ROOTS:
        return True
    if target not in PACKAGES:
        return ASSEMBLY.fullmatch(other) is not None and own in {"reviewapp.web", "reviewapp.ops"}
    if own == target:
        # Values may be used by the layers below them: no two modules import each other.
        return own in TOP or layer_of(other) <= max(layer_of(module), VALUES)
    if PACKAGES.index(target) < PACKAGES.index(own):
        return own in TOP or layer_of(other) < PAGES or layer_of(module) >= PAGES
    is_same_app = own.split(".")[0] == target.split(".")[0]
    return is_same_app and layer_of(module) >= PAGES > layer_of(other)


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


def test_no_modules_import_each_other() -> None:
    graph = {module: imported_modules(path) for module, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"These import each other: {' <- '.join(error.args[1])}")


def is_texts(path: Path) -> bool:
    """Whether a module holds the sentences of a pure package, which gettext translates."""
    return path.name.endswith("texts.py")


def pure_modules() -> list[Path]:
    return [
        path
        for path in MODULES.values()
        if (name_of(path).startswith(PURE_PACKAGES) and not is_texts(path))
        or re.search(r"\bPure\b", (ast.get_docstring(tree_of(path)) or ""))
    ]


def test_pure_modules_know_no_django_and_no_models() -> None:
    paths = pure_modules()
    assert len(paths) > len(PURE_PACKAGES)
    impure = "models|actions|tasks|views|forms"
    unwanted = rf"django|celery|psycopg|({'|'.join(APPS)})\.(.*\.)?({impure})\b"
    assert offenders(paths, unwanted) == []


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


def test_the_statistics_read_no_clock() -> None:
    wrong = [
        name_of(path)
        for path in sources(*STATISTICS)
        if re.search(r"\b(datetime|date)\.(now|today|utcnow)\(|\btime\.time\(", path.read_text())
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
