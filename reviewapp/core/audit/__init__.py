"""Audit events: the base class, the registry of their tables, and what keeps them unchanged."""
