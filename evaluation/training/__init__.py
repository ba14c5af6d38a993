"""Training: from a frozen version to a tuned model, at a provider or on this machine."""
