"""Duplicates among examples: side by side, as clusters, dismissed or retired."""
