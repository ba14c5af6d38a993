"""What the votes of a run come to: report, gates, decision, raters, imported votes."""
