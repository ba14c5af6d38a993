"""Forms of a new run and of its set-up page."""
