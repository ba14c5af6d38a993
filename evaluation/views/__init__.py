"""Pages of the evaluation app, split by noun."""
