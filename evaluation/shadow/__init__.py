"""The shadow check: a model answers a few archetype prompts, and a person reads the answers."""
