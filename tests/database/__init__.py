"""Django's backend for PostgreSQL, which empties the tables faster after a test."""
