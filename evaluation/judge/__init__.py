"""An LLM judge beside the people: a second line that no gate reads."""
