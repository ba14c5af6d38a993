"""The HTTP API of comments: threads, suggested edits, mentions."""
