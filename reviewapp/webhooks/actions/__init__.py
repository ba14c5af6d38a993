"""Set webhooks up, queue events for them, deliver."""
