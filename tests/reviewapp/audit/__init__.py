"""Tests of reviewapp.audit."""
