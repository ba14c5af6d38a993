"""Tests of evaluation.registry."""
