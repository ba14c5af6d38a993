"""The evaluation app's part of the HTTP API, split by noun."""
