"""Tests of reviewapp.web."""
