"""Pages of members, tokens and project settings."""
