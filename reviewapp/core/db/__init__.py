"""Database helpers: prepared statements, COPY, the connection."""
