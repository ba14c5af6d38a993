"""Translation: extraction, catalogs, the language of a request, the check for unwrapped text."""
