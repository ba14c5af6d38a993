"""The events that notifications about runs, promotions and trainings follow."""

from django.db.models.signals import post_save

from evaluation.promotion.models import PromotionEvent
from evaluation.runs.models import RunEvent
from evaluation.training.models import TrainingEvent
from reviewapp.notifications.receivers import connect_lazily


def connect() -> None:
    """Connect the receivers; called when the app starts."""
    actions = "evaluation.notices.actions"
    connect_lazily(post_save, f"{actions}.on_run_event", sender=RunEvent)
    connect_lazily(post_save, f"{actions}.on_promotion_event", sender=PromotionEvent)
    connect_lazily(post_save, f"{actions}.on_training_event", sender=TrainingEvent)
