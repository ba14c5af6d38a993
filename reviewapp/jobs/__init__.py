"""Background work: rows that describe jobs, and the code with which workers run them."""
