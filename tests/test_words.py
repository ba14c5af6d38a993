"""The words of docs/glossary.md: those that it replaces stay out of code, pages and docs.

`tests/words/replaced.tsv` lists patterns: where they are looked for, the pattern, the word to use.
A line that needs one of them, such as a quotation, says `words: ok`. Files that are not rewritten
yet are in `tests/words/unconverted.txt`, which only gets shorter.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.trees import tree_of

ROOT = Path(__file__).resolve().parent.parent
LISTS = ROOT / "tests" / "words"
APPS = ("reviewapp", "datasets", "evaluation")
GLOSSARY = ROOT / "docs" / "glossary.md"
EXEMPT = "words: ok"
SKIPPED = ("evaluation/demo/data/", "static/vendor/")


def patterns(kind: str) -> list[tuple[re.Pattern[str], str]]:
    rows = (LISTS / "replaced.tsv").read_text(encoding="utf-8").splitlines()
    fields = [row.split("\t") for row in rows if row and not row.startswith("#")]
    return [
        (re.compile(pattern, 0 if kind == "name" else re.IGNORECASE), instead)
        for where, pattern, instead, *_note in fields
        if where == kind
    ]


NAMES, DOCSTRINGS, TEXTS = patterns("name"), patterns("docstring"), patterns("text")
ANY_TEXT = re.compile("|".join(pattern.pattern for pattern, _instead in TEXTS), re.IGNORECASE)


def sources() -> Iterator[Path]:
    for app in APPS:
        yield from (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
    yield from (ROOT / "templates").rglob("*.html")
    yield from (ROOT / "static" / "js").rglob("*.js")
    yield from (ROOT / "docs").glob("*.md")
    yield from ROOT.glob("*.md")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def defined_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the names that a module defines, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        if isinstance(node, ast.arg):
            yield node.lineno, node.arg
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (
                (node.lineno, target.id) for target in targets if isinstance(target, ast.Name)
            )
        if isinstance(node, ast.For | ast.comprehension):
            yield from (
                (name.lineno, name.id)
                for name in ast.walk(node.target)
                if isinstance(name, ast.Name)
            )


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (
            text := ast.get_docstring(node)
        ):
            yield node.body[0].lineno if node.body else 1, text


def without_replaced_words(line: str) -> str:
    """Return a row of the glossary without its last column, which lists the replaced words."""
    return line.rsplit("|", 2)[0] if line.startswith("|") else line


def prose_hits(path: Path, lines: list[str]) -> Iterator[str]:
    if path == GLOSSARY:
        lines = [without_replaced_words(line) for line in lines]
    for number, line in enumerate(lines, 1):
        if not ANY_TEXT.search(line) or EXEMPT in line:
            continue
        prose = prose_of(path, line)
        for pattern, instead in TEXTS:
            if match := pattern.search(prose):
                yield f"{name_of(path)}:{number}: “{match[0]}”; write: {instead}"


@cache
def replacements(name: str) -> tuple[str, ...]:
    """Return what to write instead of a name; most names stand in many places."""
    snake_name = snake_case(name)
    return tuple(instead for pattern, instead in NAMES if pattern.search(snake_name))


def name_hits(path: Path, tree: ast.Module, lines: list[str]) -> Iterator[str]:
    for number, name in defined_names(tree):
        for instead in replacements(name):
            if EXEMPT not in lines[number - 1]:
                yield f"{name_of(path)}:{number}: {name}; name it: {instead}"


def loop_hits(path: Path, lines: list[str]) -> Iterator[str]:
    """Yield the loops of a template whose variable has a replaced name."""
    for number, line in enumerate(lines, 1):
        for loop in re.finditer(r"{% for ([\w, ]+) in ", line):
            for name in re.findall(r"\w+", loop[1]):
                for pattern, instead in NAMES:
                    if pattern.search(name):
                        yield f"{name_of(path)}:{number}: {name}; name it: {instead}"


def docstring_hits(path: Path, tree: ast.Module) -> Iterator[str]:
    for number, docstring in docstrings(tree):
        for pattern, instead in DOCSTRINGS:
            if match := pattern.search(docstring):
                yield f"{name_of(path)}:{number}: “{match[0]}”; begin with: {instead}"


@cache
def hits(path: Path) -> tuple[str, ...]:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = list(prose_hits(path, lines))
    if path.suffix == ".py":
        tree = tree_of(path)
        found += [*name_hits(path, tree, lines), *docstring_hits(path, tree)]
    if path.suffix == ".html":
        found += loop_hits(path, lines)
    return tuple(found)


def prose_of(path: Path, line: str) -> str:
    """Return what of a line is read as prose: in code not its identifiers."""
    return (
        re.sub(r"\b\w*_\w*\b|\b\w+\(|`[^`]*`|\.\w+", " ", line)
        if path.suffix != ".md"
        else (re.sub(r"`[^`]*`", " ", line))
    )


FILES = sorted(path for path in sources() if not name_of(path).startswith(SKIPPED))
UNCONVERTED = set((LISTS / "unconverted.txt").read_text(encoding="utf-8").split())


def test_replaced_words_stay_out() -> None:
    wrong = [hit for path in FILES if name_of(path) not in UNCONVERTED for hit in hits(path)]
    assert wrong == []


def test_variables_of_tests_are_named_after_what_they_hold() -> None:
    paths = sorted((ROOT / "tests").rglob("*.py"))
    texts = {name_of(path): path.read_text(encoding="utf-8") for path in paths}
    wrong = [
        f"{file}:{number}: {name}"
        for file, text in texts.items()
        if re.search(r"(\bfor|\blambda|[,(])\s*(one|each)\b|\b(one|each)\b\s*[,:=]", text)
        for number, name in defined_names(ast.parse(text))
        if name in {"one", "each"}
    ]
    assert wrong == []


def test_files_that_are_rewritten_leave_the_list() -> None:
    names = {name_of(path): path for path in FILES}
    clean = [name for name in sorted(UNCONVERTED) if name not in names or not hits(names[name])]
    assert clean == [], "take these out of tests/words/unconverted.txt"


def is_replaced(word: str) -> bool:
    """Return whether a word of the glossary's last column matches a pattern."""
    plain = re.sub(r"\s*\(.*\)", "", word)
    return any(pattern.search(plain) for pattern, _instead in TEXTS) or any(
        pattern.search(snake_case(plain)) for pattern, _instead in NAMES if " " not in plain
    )


def test_the_glossary_marks_the_words_that_this_test_rejects() -> None:
    rows = GLOSSARY.read_text(encoding="utf-8").splitlines()
    cells = [row.rsplit("|", 2)[1] for row in rows if row.startswith("| ")]
    words = [word.strip() for cell in cells for word in re.split(r"[,;] (?![^(]*\))", cell)]
    marked = {word.strip("*") for word in words if word.startswith("*")}
    assert marked == {word.strip("*") for word in words if is_replaced(word.strip("*"))}
    assert len(marked) > 5


@pytest.mark.parametrize("kind", ["name", "docstring", "text"])
def test_the_list_names_a_word_for_each_pattern(kind: str) -> None:
    assert all(instead for _pattern, instead in patterns(kind))
