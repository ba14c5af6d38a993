"""Blind votes: leases, votes, skips, broken reports, the voting page and its API."""
