"""The app's entry in Django's registry."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """Models, runs, blind votes, win rates, gates and promotion."""

    name = "evaluation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hide the golden answers of what a person compares blind (docs/blinding.md)."""
        # Models can be imported from here on.
        from datasets.curation import reading  # noqa: PLC0415
        from evaluation.runs.permissions import GOLDEN_ANSWERS  # noqa: PLC0415

        reading.add_rule(GOLDEN_ANSWERS)
