"""Tests of reviewapp.jobs."""
