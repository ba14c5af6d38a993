"""Help on every page, from the pages of documentation in docs/."""
