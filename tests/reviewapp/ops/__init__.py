"""Tests of reviewapp.ops."""
