"""The names of the standard criteria, in the reader's language."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

CRITERION_NAMES: Final[Mapping[str, Promise]] = {
    "refusal_accuracy": _("Refusal accuracy"),
    "citation_faithfulness": _("Citation faithfulness"),
    "multilingual_clarity": _("Multilingual clarity"),
    "tone": pgettext_lazy("criterion", "Tone"),
}
"""By code (`evaluation.runs.criteria.StandardCriterion`)."""


def criterion_name(key: str) -> str:
    """Return the name of a criterion by its key: a code, or an own name as the lead wrote it."""
    return str(CRITERION_NAMES.get(key, key))
