"""Coverage: how many examples there are of what, what is wanted, and what to curate next."""
