"""Tests of the datasets app."""
