"""What a judge has in common with a model that it judges: a reason to doubt its verdicts. Pure.

A judge favours answers of its own kind (Panickssery, Bowman and Feng 2024, arXiv 2404.13076).
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from reviewapp.core.messages import Message, message

_WORD = re.compile(r"[a-z]+")
# Names of one vendor's models that do not begin alike.
_SAME_FAMILY = {"chatgpt": "gpt", "o": "gpt", "davinci": "gpt", "babbage": "gpt", "text": "gpt"}
_WORDS_OF_USE = {"ft", "tuned", "finetuned", "custom", "model", "models", "my", "the"}
_LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1", "host.docker.internal"}


@dataclass(frozen=True)
class ModelTraits:
    """What is known of a model's origin.

    Attributes:
        key: identifies the registered model.
        name: as registered.
        model_id: what its service calls it; empty for imported answers.
        base_model: what it was tuned from, or empty.
        base_url: of its endpoint, or empty.
    """

    key: int
    name: str
    model_id: str = ""
    base_model: str = ""
    base_url: str = ""


def likeness(judge: ModelTraits, model: ModelTraits) -> Message | None:
    """Return the strongest thing that a judge has in common with a compared model; None without."""
    shown = {"judge": judge.name, "model": model.name}
    if judge.key == model.key:
        return message("judge.is_compared", **shown)
    if _bases(judge) & _bases(model):
        return message("judge.same_base", **shown, base=min(_bases(judge) & _bases(model)))
    families = _families(judge) & _families(model)
    if families:
        return message("judge.same_family", **shown, family=min(families))
    host = _host(judge)
    if host and host == _host(model):
        return message("judge.same_provider", **shown, host=host)
    return None


def _bases(model: ModelTraits) -> set[str]:
    """Return the names of the model itself and of what it was tuned from, without its owner."""
    return {_bare(name) for name in (model.model_id, model.base_model) if name.strip()}


def _bare(name: str) -> str:
    name = name.strip().lower()
    if name.startswith("ft:"):
        name = name.split(":")[1]
    return name.rpartition("/")[2].partition(":")[0]


def _families(model: ModelTraits) -> set[str]:
    """Return the first word of the names, such as "gpt" of "gpt-4.1-mini"."""
    names = _bases(model) or {model.name.lower()}
    words = {word for name in names if (word := _first_word(name))}
    return {_SAME_FAMILY.get(word, word) for word in words}


def _first_word(name: str) -> str:
    words = (word for word in _WORD.findall(name) if word not in _WORDS_OF_USE)
    return next(words, "")


def _host(model: ModelTraits) -> str:
    """Return the host of the endpoint; empty for one of this machine, which serves any model."""
    host = urlsplit(model.base_url).hostname or ""
    return "" if host in _LOCAL_HOSTS else host
