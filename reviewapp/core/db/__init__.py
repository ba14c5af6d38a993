"""Database helpers: prepared statements, COPY."""
