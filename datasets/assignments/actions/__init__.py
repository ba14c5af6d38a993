"""Assign examples, take assignments back."""

from datasets.assignments.actions.assigning import (
    assign,
    change_all,
    unassign_former_editor,
)

__all__ = ["assign", "change_all", "unassign_former_editor"]
