"""The app's entry in Django's registry."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Signed requests about the events of a project."""

    name = "reviewapp.webhooks"
    label = "webhooks"
    verbose_name = "Webhooks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Receive the events of notifications; name the actions in the audit trail."""
        # Models can be imported from here on.
        from reviewapp.core.audit.registry import register_events  # noqa: PLC0415
        from reviewapp.notifications.kinds import register_kinds  # noqa: PLC0415
        from reviewapp.notifications.receivers import connect_lazily  # noqa: PLC0415
        from reviewapp.notifications.signals import noticed  # noqa: PLC0415
        from reviewapp.webhooks.audit import ACTIONS  # noqa: PLC0415
        from reviewapp.webhooks.kinds import WEBHOOK_FAILED  # noqa: PLC0415

        register_events(actions=ACTIONS)
        register_kinds(WEBHOOK_FAILED)
        connect_lazily(noticed, "reviewapp.webhooks.actions.queueing.on_notice")
