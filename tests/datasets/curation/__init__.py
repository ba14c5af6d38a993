"""Tests of datasets.curation."""
