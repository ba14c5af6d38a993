"""Pages of the list of runs and of a run being set up."""
