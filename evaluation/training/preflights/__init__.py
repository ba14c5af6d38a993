"""The check of the exact bytes of a training before it starts: at once, or by a job if large."""
