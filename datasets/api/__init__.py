"""The datasets app's part of the HTTP API, split by noun."""
