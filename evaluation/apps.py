"""The app's entry in Django's registry."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """Models, runs, blind votes, win rates, gates and promotion."""

    name = "evaluation"
    default_auto_field = "django.db.models.BigAutoField"
