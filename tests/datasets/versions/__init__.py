"""Tests of datasets.versions."""
