"""Pages that belong to no app: sign-in, home, members, tokens, the audit trail."""
