"""The app's entry in Django's registry."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EvaluationConfig(AppConfig):
    """Models, runs, blind votes, win rates, gates and promotion."""

    name = "evaluation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the app's events, hidden examples, erasure and retention."""
        # Models can be imported from here on.
        from datasets.curation import columns, visibility  # noqa: PLC0415
        from datasets.erasure import registry as erasure  # noqa: PLC0415
        from evaluation.audit import ACTIONS, EVENTS  # noqa: PLC0415
        from evaluation.notices.kinds import KINDS  # noqa: PLC0415
        from evaluation.notices.receivers import connect  # noqa: PLC0415
        from evaluation.results.lost_votes import votes_lost  # noqa: PLC0415
        from evaluation.runs.permissions import GOLDEN_ANSWERS  # noqa: PLC0415
        from reviewapp.core.audit.registry import register_events  # noqa: PLC0415
        from reviewapp.notifications.kinds import register_kinds  # noqa: PLC0415

        register_events(*EVENTS, actions=ACTIONS)
        register_kinds(*KINDS)
        connect()
        visibility.register_visibility_rule(GOLDEN_ANSWERS)
        lost = columns.Column("votes_lost", _("Votes lost"), is_default=False, is_number=True)
        columns.register_column(lost, votes_lost)
        erasure.register_example_eraser("evaluation.erasure.actions.erase_comparisons_of")
        erasure.register_example_eraser("evaluation.shadow.actions.erasing.erase_answers_of")
        erasure.register_example_eraser("evaluation.training.actions.erasing.mark_trainings_of")
        erasure.register_retention_rule("evaluation.erasure.actions.delete_provider_data")
        erasure.register_retention_rule("evaluation.shadow.actions.erasing.delete_provider_data")
