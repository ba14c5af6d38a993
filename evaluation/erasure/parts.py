"""What of a comparison can be erased."""

from django.db import models


class Part(models.TextChoices):
    """A part of what was compared."""

    PROMPT = "prompt", "The prompt"
    BASELINE = "baseline", "The baseline's answer"
    CANDIDATE = "candidate", "The candidate's answer"
    RATIONALES = "rationales", "What reviewers wrote about them"
