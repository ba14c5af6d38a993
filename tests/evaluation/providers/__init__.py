"""Tests of evaluation.providers."""
