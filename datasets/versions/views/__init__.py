"""Pages of dataset versions."""
