"""Recurring dates on which a version is frozen and a training prepared or started."""
