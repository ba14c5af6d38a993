"""Golden examples: people and projects, import, curation, approval, frozen dataset versions."""
