"""Tests of datasets.inspections."""
