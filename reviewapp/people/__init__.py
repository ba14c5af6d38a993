"""People and projects: accounts, members, roles and permissions, tokens, project settings."""
