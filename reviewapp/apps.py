"""The app's entry in Django's registry; after migrations it takes rights from the runtime role."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from reviewapp.grants import protect_history


class ReviewappConfig(AppConfig):
    """The shell around the two apps."""

    name = "reviewapp"
    verbose_name = "Touchstone"

    def ready(self) -> None:
        """Keep history out of the running application's hands after each migration."""
        post_migrate.connect(protect_history, sender=self)
