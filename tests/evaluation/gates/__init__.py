"""Tests of evaluation.gates."""
