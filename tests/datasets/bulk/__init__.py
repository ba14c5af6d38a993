"""Tests of bulk actions."""
