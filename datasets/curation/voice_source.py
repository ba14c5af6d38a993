"""Where inspections read the house voice of a project; a later package registers it."""

from collections.abc import Callable

from datasets.inspections.voice_rules import VoiceRule
from reviewapp.people.models import Project

# Returns the rules of a project.
VoiceSource = Callable[[Project], tuple[VoiceRule, ...]]

_SOURCES: list[VoiceSource] = []


def register_voice_source(source: VoiceSource) -> None:
    """Inspect by the rules of this source from now on. Registering it twice changes nothing."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def voice_of(project: Project) -> tuple[VoiceRule, ...]:
    """Return the rules of a project; a dry run may have one that is not saved yet."""
    return tuple(rule for source in _SOURCES for rule in source(project))
