"""Configuration, sign-in, home, health, audit page: what holds the two apps together."""
