"""Whether a project looks for names and addresses, and those that are no personal data."""
