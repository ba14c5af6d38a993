"""The app's entry in Django's registry."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """The inbox of each user, and mail about it."""

    name = "reviewapp.notifications"
    label = "notifications"
    verbose_name = "Notifications"
    default_auto_field = "django.db.models.BigAutoField"
