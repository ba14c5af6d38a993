"""What the pages say about the small model that `make demo` serves beside the app."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reviewapp.people.models import Project

ADDRESS = "http://127.0.0.1:18081/v1"
TUNED_ADDRESS = "http://127.0.0.1:18082/v1"
"""The base URLs of the demo's models; `reviewapp.ops.local_model` serves there."""
MODEL_ID = "smollm2-135m"

_OF_THE_DEMO: dict[str, str | Promise] = {
    "missing": _(
        "The demo's models do not answer yet: run “make setup-model” once, then “make demo” again."
    ),
    "port_taken": _(
        "Another program uses port 18081, so the demo's models are not served. "
        "Stop it, then start again."
    ),
    "base": _(
        "smollm2-135m and smollm2-135m-steady answer here. "
        "The tuned models answer after “make demo-answers”."
    ),
}
_ELSEWHERE: dict[str, str | Promise] = {
    "missing": _(
        "No model at hand? “make setup-model” installs a small one, which “make demo” serves."
    ),
    "port_taken": _OF_THE_DEMO["port_taken"],
    "base": _("A small local model answers at %(address)s, with the model id %(model)s."),
}
_ELSEWHERE["tuned"] = _ELSEWHERE["base"]


def local_model_note(project: Project) -> str:
    """Return whether the local model answers and how to get it; empty outside `make demo`."""
    if not settings.DEMO:
        return ""
    sentences = _OF_THE_DEMO if project.is_demo else _ELSEWHERE
    return str(sentences.get(settings.LOCAL_MODEL, "")) % {"address": ADDRESS, "model": MODEL_ID}
