"""Tests of evaluation.promotion."""
