"""No cell of a CSV file is run as a formula, however it begins."""

import ast
from pathlib import Path

import pytest

from reviewapp.core.spreadsheets import csv_lines, text_cell
from tests.trees import tree_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\r\n\t =1", "\u00a0=1", "＝1", " @x"],
)
def test_a_cell_that_could_be_a_formula_is_text(text: str) -> None:
    assert text_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "Refunds - late", "'=1", "1"])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert text_cell(text) == text


def test_a_row_is_a_guarded_line_and_numbers_stay() -> None:
    assert [*csv_lines([["a", "b"], ["=1", -1]])] == ["a,b\r\n", "'=1,-1\r\n"]


def test_csv_is_written_in_one_module() -> None:
    writers = [
        path.relative_to(ROOT).as_posix()
        for app in ("datasets", "evaluation", "reviewapp")
        for path in (ROOT / app).rglob("*.py")
        if "import csv" in path.read_text(encoding="utf-8")
        and any(
            isinstance(node, ast.Attribute)
            and node.attr in {"writer", "DictWriter"}
            and isinstance(node.value, ast.Name)
            and node.value.id == "csv"
            for node in ast.walk(tree_of(path))
        )
    ]
    assert writers == ["reviewapp/core/spreadsheets.py"]
