"""Tests of datasets.ingest."""
