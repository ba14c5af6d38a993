"""The app's entry in Django's registry."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DatasetsConfig(AppConfig):
    """Golden examples, from import to frozen versions."""

    name = "datasets"
    verbose_name = "Golden examples"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show the app's events in the audit trail; filter the queue by people and threads."""
        # Models can be imported from here on.
        from datasets.audit import ACTIONS, EVENTS  # noqa: PLC0415
        from datasets.comments.unread import comment_counts, talk_condition  # noqa: PLC0415
        from datasets.curation.columns import Column, register_column  # noqa: PLC0415
        from datasets.curation.conditions import register_condition  # noqa: PLC0415
        from datasets.curation.inspection_sources import register_source  # noqa: PLC0415
        from datasets.curation.people import register_people  # noqa: PLC0415
        from datasets.ingest.signals import labels_changed  # noqa: PLC0415
        from datasets.notices.kinds import KINDS  # noqa: PLC0415
        from datasets.notices.receivers import connect  # noqa: PLC0415
        from datasets.text_blocks.current import placeholders_of  # noqa: PLC0415
        from datasets.voice.conditions import finding_condition  # noqa: PLC0415
        from datasets.voice.current import rules_of  # noqa: PLC0415
        from reviewapp.core.audit.registry import register_events  # noqa: PLC0415
        from reviewapp.notifications.kinds import register_kinds  # noqa: PLC0415
        from reviewapp.notifications.receivers import connect_lazily  # noqa: PLC0415
        from reviewapp.people.leaving import on_leaving  # noqa: PLC0415

        on_leaving("datasets.assignments.actions.unassign_former_editor")
        register_kinds(*KINDS)
        connect()
        connect_lazily(labels_changed, "datasets.bulk.actions.recording.on_labels_changed")
        register_events(*EVENTS, actions=ACTIONS)
        register_people()
        register_condition("talk", talk_condition)
        register_condition("findings", finding_condition)
        register_source("voice", rules_of)
        register_source("placeholders", placeholders_of)
        comments = Column("comments", _("Comments"), "-comments", is_default=False, is_number=True)
        register_column(comments, comment_counts)
