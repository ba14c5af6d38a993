"""Trainings on the installation's own machines: base models, jobs, workers, served models."""
