"""The parts of a comparison that can be erased."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Part(models.TextChoices):
    """A part of a comparison."""

    PROMPT = "prompt", _("The prompt")
    BASELINE = "baseline", _("The baseline's answer")
    CANDIDATE = "candidate", _("The candidate's answer")
    RATIONALES = "rationales", _("What reviewers wrote about them")
