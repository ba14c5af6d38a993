"""Training: from a frozen version to a tuned model."""
