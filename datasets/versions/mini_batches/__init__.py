"""Mini-batches: versions of what changed since an earlier one, with a replay of the rest."""
