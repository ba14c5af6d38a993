"""The app's entry in Django's registry."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """People, projects, memberships and tokens."""

    name = "reviewapp.people"
    label = "people"
    verbose_name = "People and projects"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show the app's events in the audit trail."""
        # Models can be imported from here on.
        from reviewapp.core.audit.registry import register_events  # noqa: PLC0415
        from reviewapp.people.audit import ACTIONS, EVENTS  # noqa: PLC0415

        register_events(*EVENTS, actions=ACTIONS)
