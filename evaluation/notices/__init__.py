"""Notifications of what happens to runs, promotions, trainings and base models."""
