"""Tests of reviewapp.core."""
