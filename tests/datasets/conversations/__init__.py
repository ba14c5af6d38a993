"""Tests of datasets.conversations."""
