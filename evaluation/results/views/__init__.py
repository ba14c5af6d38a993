"""Pages of a run for its leads, and of a revealed run for its reviewers."""
