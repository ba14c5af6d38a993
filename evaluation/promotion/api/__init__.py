"""The HTTP API of aliases and of promotions."""
