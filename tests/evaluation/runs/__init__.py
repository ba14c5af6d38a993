"""Tests of evaluation.runs."""
