"""Every write of the evaluation app, split by noun."""
