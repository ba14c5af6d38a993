"""Assignment of examples to members: by hand, many at once, the workload of each."""
