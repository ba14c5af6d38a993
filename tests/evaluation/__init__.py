"""Tests of the evaluation app."""
