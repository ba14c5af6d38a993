"""Whether the title that reviewers see gives a model away. Pure."""

import re
from collections.abc import Iterable

from evaluation.stats.verdicts import Contender


def leaked_model_name(title: str, names: Iterable[str]) -> str:
    """Return the name of a model, or of its part in the run, that a title gives away; or nothing.

    Args:
        title: what reviewers see instead of the run's name.
        names: of the two models.
    """
    words = [word for word in (*names, *Contender) if word.strip()]
    # As a word of its own: a model called “old” is not named by “Household”.
    return next((word for word in words if _is_whole_word(word, title)), "")


def _is_whole_word(word: str, title: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word.strip())}(?!\w)", title, re.IGNORECASE) is not None
