"""Names of people and postal addresses, found by an optional small model (`make setup-names`)."""
