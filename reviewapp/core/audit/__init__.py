"""Audit events: the base class, the registry of their tables, and the protection of their rows."""
