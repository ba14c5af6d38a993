"""Look-up of a run by what the user typed on a command line."""

from evaluation.runs.models import EvaluationRun
from reviewapp.core.errors import InvalidInput


def find_run(name: str, slug: str | None) -> EvaluationRun:
    """Return the run of this name, in the project with this slug if one is given.

    Raises:
        InvalidInput: there is none, or several projects have one; the sentence gives the remedy.
    """
    runs = EvaluationRun.objects.filter(name=name).select_related("project")
    found = list(runs.filter(project__slug=slug) if slug else runs)
    where = f" in the project “{slug}”" if slug else ""
    if not found:
        raise InvalidInput(
            f"There is no run “{name}”{where}. `import_answers` makes one from a file of answers."
        )
    if len(found) > 1:
        slugs = ", ".join(sorted(run.project.slug for run in found))
        raise InvalidInput(f"Several projects have a run “{name}”: add --project, one of {slugs}.")
    return found[0]
