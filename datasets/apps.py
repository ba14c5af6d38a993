"""The app's entry in Django's registry."""

from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    """Golden examples and the people who work on them."""

    name = "datasets"
    verbose_name = "Golden examples"
    default_auto_field = "django.db.models.BigAutoField"
