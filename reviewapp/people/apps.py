"""The app's entry in Django's registry."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """People, projects, memberships and tokens."""

    name = "reviewapp.people"
    label = "people"
    verbose_name = "People and projects"
    default_auto_field = "django.db.models.BigAutoField"
