"""Comments: threads on examples, messages and passages, mentions, and suggested edits."""
