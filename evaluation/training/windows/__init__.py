"""Time windows in which trainings may start, in the time zone of their project."""
