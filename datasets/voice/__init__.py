"""The house voice: rules for answers that a lead writes, and findings by them."""
