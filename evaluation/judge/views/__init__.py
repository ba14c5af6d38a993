"""Pages of rubrics and judges, for leads."""
