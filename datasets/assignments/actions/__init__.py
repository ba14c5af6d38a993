"""Assign examples, take assignments back."""

from datasets.assignments.actions.assigning import (
    ASSIGN_EVENT,
    assign,
    change_all,
    unassign_former_editor,
)

__all__ = ["ASSIGN_EVENT", "assign", "change_all", "unassign_former_editor"]
