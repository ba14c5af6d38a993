"""Changes of archetypes, shadow checks, answers and ratings."""
