"""Where inspections read settings of a project that later packages keep; they register it."""

from collections.abc import Callable
from typing import Any, Literal

from reviewapp.people.models import Project

SourcedSetting = Literal["voice", "placeholders"]
# Returns the value of the setting for a project.
Source = Callable[[Project], tuple[Any, ...]]

_SOURCES: dict[SourcedSetting, Source] = {}


def register_source(setting: SourcedSetting, source: Source) -> None:
    """Inspect by what this source returns from now on."""
    _SOURCES[setting] = source


def sourced_setting(setting: SourcedSetting, project: Project) -> tuple[Any, ...]:
    """Return one of these settings of a project."""
    return _SOURCES[setting](project)


def sourced_settings(project: Project) -> dict[str, Any]:
    """Return these settings of a project; a dry run may have one that is not saved yet."""
    return {setting: source(project) for setting, source in _SOURCES.items()}
