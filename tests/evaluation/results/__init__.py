"""Tests of evaluation.results."""
