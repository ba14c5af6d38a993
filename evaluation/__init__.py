"""Models, runs, blind votes, win rates, gates, promotion."""
