"""The web shell: middleware, home, sign-in, health, the frame of the HTTP API."""
