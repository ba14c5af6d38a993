"""Tests of evaluation.demo."""
