"""Trainings on machines of others: a bundle to hand over, and what it reports back."""
