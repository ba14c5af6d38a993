"""Tests of the pure part: published values, symmetries, seeded simulations."""
