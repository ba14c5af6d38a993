"""Measurements: each module is run by itself, `python -m tests.bench.NAME --json`."""
