"""Cells of CSV files that a spreadsheet must show as text. Pure."""

# Excel and LibreOffice read a cell as a formula by its first character, also a full-width one, and
# some skip white space and line ends before it.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def text_cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs as a formula: with a leading apostrophe."""
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text
