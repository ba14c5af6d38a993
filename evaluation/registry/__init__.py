"""Models that can answer: endpoints, descriptions, trials."""
