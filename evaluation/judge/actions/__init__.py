"""Actions on rubrics, judge runs and single judgements."""
