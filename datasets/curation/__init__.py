"""Golden examples from draft to approval: editor, findings, reviews, policies."""
