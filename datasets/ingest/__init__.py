"""Files of conversations on their way into the curation queue."""
