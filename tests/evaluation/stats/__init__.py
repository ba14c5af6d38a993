"""Tests of evaluation.stats."""
