"""The app's configuration in Django; after migrations it revokes rights of the runtime role."""

from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models.signals import post_migrate

from reviewapp.ops import broker, encodings


class ReviewappConfig(AppConfig):
    """What surrounds the two apps."""

    name = "reviewapp"
    verbose_name = "Touchstone"

    def ready(self) -> None:
        """Protect history from the runtime role after each migration.

        Also imports what every process needs: the queues in the database and the token tables, and
        tells where the texts of messages are. Celery is imported by the tasks.
        """
        # Models can be imported only from here on.
        from reviewapp.core.audit.grants import protect_history  # noqa: PLC0415
        from reviewapp.core.texts import find_texts_in  # noqa: PLC0415
        from reviewapp.people.leaving import on_leaving  # noqa: PLC0415

        find_texts_in("reviewapp", "datasets", "evaluation")
        on_leaving("reviewapp.notifications.actions.inbox.forget_former_member")

        # Django sends this signal only for apps with models; by then all tables exist.
        last = apps.get_app_config("evaluation")
        post_migrate.connect(protect_history, sender=last)
        post_migrate.connect(broker.install_schema, sender=last)
        encodings.keep(settings.DATA_DIR / "tiktoken")
