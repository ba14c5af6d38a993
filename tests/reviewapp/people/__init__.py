"""Tests of reviewapp.people."""
