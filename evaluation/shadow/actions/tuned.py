"""The shadow check of a tuned model, right after its training has succeeded."""

import logging
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from evaluation.registry.models import ModelVersion
from evaluation.shadow.actions.checks import start_check
from evaluation.shadow.models import Archetype, ShadowCheck, ShadowSettings
from evaluation.training.models import Stage
from reviewapp.core.errors import DomainError

logger = logging.getLogger(__name__)

RECENT = timedelta(days=1)
"""A model of a training that ended earlier is asked only by a lead."""


def check_tuned_models() -> int:
    """Ask the final models of trainings that have just succeeded; return how many.

    Only in projects with archetypes whose settings do not forbid it, and each model once.
    """
    archetypes = Archetype.objects.filter(project=OuterRef("project"))
    asked = ShadowCheck.objects.filter(model_version=OuterRef("pk"))
    forbidden = ShadowSettings.objects.filter(
        project=OuterRef("project"), checks_tuned_models=False
    )
    found = ModelVersion.objects.filter(
        checkpoint__is_final=True,
        checkpoint__training__stage=Stage.SUCCEEDED,
        checkpoint__training__ended_at__gt=timezone.now() - RECENT,
        endpoint__isnull=False,
    )
    found = found.filter(Exists(archetypes)).exclude(Exists(asked)).exclude(Exists(forbidden))
    started = 0
    for model in found.select_related("project").order_by("pk"):
        try:
            start_check(project=model.project, model_id=model.pk, actor=None)
        except DomainError as error:
            # All archetypes are in a test split by now, for example: the page offers the button.
            logger.debug("No shadow check of %s: %s", model, error)
            continue
        started += 1
    return started
