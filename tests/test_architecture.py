"""The map in docs/architecture.md, held against the imports."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("datasets", "evaluation", "reviewapp")
# Lower layers first; a module may import its own layer and those before it.
LAYERS = ["pure", "models", "permissions", "actions", "couriers", "views", "urls"]
LAYER_OF = {
    "models": "models",
    "permissions": "permissions",
    "actions": "actions",
    "tasks": "couriers",
    "management": "couriers",
    "forms": "couriers",
    "http": "couriers",
    "views": "views",
    "api": "views",
    "urls": "urls",
}
# Modules that know neither Django nor the database nor the clock.
PURE = [
    "datasets/conversations/chat.py",
    "datasets/conversations/comparison.py",
    "datasets/conversations/diffs.py",
    "datasets/curation/editing.py",
    "datasets/versions/exports.py",
    "datasets/curation/filters.py",
    "datasets/imports",
    "datasets/inspections",
    "datasets/curation/lifecycle.py",
    "reviewapp/core/markdown.py",
    "datasets/conversations/messages.py",
    "datasets/preflight",
    "datasets/versions/splits.py",
    "evaluation/providers/addresses.py",
    "evaluation/providers/answer_marks.py",
    "evaluation/voting/blinding.py",
    "evaluation/runs/serving_order.py",
    "evaluation/gates",
    "evaluation/runs/lifecycle.py",
    "evaluation/runs/prompts.py",
    "evaluation/runs/refusal_detection.py",
    "evaluation/voting/rendering.py",
    "evaluation/runs/rows.py",
    "evaluation/promotion/service_history.py",
    "evaluation/stats",
    "evaluation/runs/terms.py",
]
# One module for each outside thing.
ONLY_IMPORTER = {
    "httpcore2": {"evaluation/providers/transport.py"},
    "tiktoken": {"datasets/conversations/chat.py"},
}
READS_ENVIRONMENT = {"reviewapp/env.py", "evaluation/providers/keys.py"}
LONGEST = {".py": 400, ".html": 150}


def sources(*roots: str) -> Iterator[Path]:
    for root in roots:
        path = ROOT / root
        found = [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))
        yield from (each for each in found if "migrations" not in each.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Yield every module name that a file imports, as `package.module.name` where it says so."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def offenders(roots: tuple[str, ...], pattern: str) -> list[str]:
    return [
        f"{name_of(path)} imports {each}"
        for path in sources(*roots)
        for each in imports(path)
        if re.match(pattern, each)
    ]


def test_no_app_imports_the_shell() -> None:
    assert offenders(("datasets", "evaluation"), r"reviewapp\b") == []


def test_datasets_does_not_know_evaluation() -> None:
    assert offenders(("datasets",), r"evaluation\b") == []


def layer(parts: list[str]) -> str | None:
    """The layer of a dotted name or path below an app; None for what has no layer of its own."""
    return LAYER_OF.get(parts[1].removesuffix(".py")) if len(parts) > 1 else None


@pytest.mark.parametrize("app", ["datasets", "evaluation"])
def test_imports_within_an_app_go_down(app: str) -> None:
    wrong = []
    for path in sources(app):
        own = layer(name_of(path).split("/"))
        for each in imports(path):
            other = layer(each.split(".")) if each.startswith(f"{app}.") else None
            if own and other and LAYERS.index(other) > LAYERS.index(own):
                wrong.append(f"{name_of(path)} imports {each}")
    assert wrong == []


@pytest.mark.parametrize("root", PURE)
def test_pure_modules_know_no_django_and_no_models(root: str) -> None:
    assert list(sources(root)), f"{root} is named here and does not exist"
    unwanted = r"django|celery|psycopg|(datasets|evaluation)\.(models|actions|tasks|views|forms)\b"
    assert offenders((root,), unwanted) == []


def test_the_statistics_need_nothing_but_the_standard_library() -> None:
    allowed = {*sys.stdlib_module_names, "evaluation"}
    wrong = [
        f"{name_of(path)} imports {each}"
        for path in sources("evaluation/stats", "evaluation/gates", "evaluation/voting/blinding.py")
        for each in imports(path)
        if each.split(".")[0] not in allowed
    ]
    assert wrong == []


def test_the_statistics_read_no_clock() -> None:
    wrong = [
        name_of(path)
        for path in sources("evaluation/stats", "evaluation/gates", "evaluation/voting/blinding.py")
        if re.search(r"\b(datetime|date)\.(now|today|utcnow)\(|\btime\.time\(", path.read_text())
    ]
    assert wrong == []


@pytest.mark.parametrize("library", sorted(ONLY_IMPORTER))
def test_each_outside_service_has_one_door(library: str) -> None:
    importers = {
        name_of(path)
        for path in sources(*APPS)
        for each in imports(path)
        if each.split(".")[0] == library
    }
    assert importers == ONLY_IMPORTER[library]


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        name_of(path)
        for path in sources(*APPS)
        if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
    }
    assert readers <= READS_ENVIRONMENT | {
        name_of(path) for path in sources("reviewapp/launcher", "reviewapp/localpg")
    }


def test_files_stay_short_enough_to_read() -> None:
    templates = (ROOT / "templates").rglob("*.html")
    long = [
        f"{name_of(path)}: {count} lines"
        for path in (*sources(*APPS, "tests"), *templates)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST[path.suffix]
    ]
    assert long == []
