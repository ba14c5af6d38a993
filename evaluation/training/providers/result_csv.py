"""The figures of each step in a result file of a fine-tuning job. Pure.

Columns are read by their names, which differ by service. Some services have sent the file as
base64.
"""

import base64
import binascii
import csv
import io
import math
from collections.abc import Mapping

from evaluation.training.providers.base import Figures

# The names that services use -> ours.
COLUMNS = {
    "step": "step",
    "train_loss": "train_loss",
    "train_accuracy": "train_accuracy",
    "train_mean_token_accuracy": "train_accuracy",
    "valid_loss": "valid_loss",
    "validation_loss": "valid_loss",
    "valid_accuracy": "valid_accuracy",
    "valid_mean_token_accuracy": "valid_accuracy",
    "validation_mean_token_accuracy": "valid_accuracy",
    "full_valid_loss": "full_valid_loss",
    "full_valid_accuracy": "full_valid_accuracy",
    "full_valid_mean_token_accuracy": "full_valid_accuracy",
}
MAX_STEP = 2**31 - 1


def read_result_csv(content: bytes) -> list[Figures]:
    """Return the figures of each step; nothing for a file without a column of steps."""
    text = _text(content)
    rows = csv.reader(io.StringIO(text))
    names = [COLUMNS.get(name.strip().lower(), "") for name in next(rows, [])]
    if "step" not in names:
        return []
    found = []
    for row in rows:
        values = {name: cell for name, cell in zip(names, row, strict=False) if name}
        if figures := figures_from(values):
            found.append(figures)
    return found


def figures_from(values: Mapping[str, object]) -> Figures | None:
    """Return the figures of a step from values by any of the known names; None without a step."""
    numbers = {
        COLUMNS[name]: number
        for name, value in values.items()
        if name in COLUMNS and (number := _number(value)) is not None
    }
    step = numbers.pop("step", None)
    if step is None or not 0 <= step <= MAX_STEP:
        return None
    return Figures(int(step), **numbers)


def _text(content: bytes) -> str:
    head = content.lstrip(b"\xef\xbb\xbf \r\n")
    if b"," not in head.partition(b"\n")[0]:
        try:
            content = base64.b64decode(head, validate=False)
        except binascii.Error:
            return ""
    return content.decode("utf-8-sig", "replace")


def _number(value: object) -> float | None:
    """Return a finite number; None for an empty or unreadable cell."""
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
