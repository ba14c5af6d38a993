"""Background work: rows that say what is to be done, and the workers that take them up."""
