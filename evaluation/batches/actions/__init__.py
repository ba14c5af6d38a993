"""Starting, carrying out and cancelling batches of answers."""
