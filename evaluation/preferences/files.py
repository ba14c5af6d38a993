"""The files of a frozen set of preferences, written from its rows."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from datasets.conversations.chat import count_tokens
from evaluation.preferences.formats import PairFormat, pair_line
from evaluation.preferences.models import PreferencePair, PreferenceSet
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.terms import Sampling
from reviewapp.core.erased import ERASED
from reviewapp.core.errors import DigestMismatch
from reviewapp.core.messages import message


def pair_tokens(
    messages: Sequence[Mapping[str, Any]], answers: Sequence[str], *, model: str
) -> int:
    """Return the tokens of a pair: the prompt with each of its answers."""
    return sum(
        count_tokens([*messages, {"role": "assistant", "content": text}], model=model).total
        for text in answers
    )


def kept_pairs(found: PreferenceSet) -> Iterator[PreferencePair]:
    """Yield the pairs whose texts were not erased since, in order."""
    rows = found.pairs.order_by("position").select_related("comparison__run", "preferred", "other")
    for pair in rows.iterator(chunk_size=ROWS_AT_ONCE):
        texts = {pair.preferred.text.strip(), pair.other.text.strip()}
        if pair.comparison.erased_at is None and ERASED not in texts:
            yield pair


def pair_lines(found: PreferenceSet, layout: PairFormat) -> Iterator[bytes]:
    """Yield the lines of the file of a set."""
    for pair in kept_pairs(found):
        sampling = Sampling.from_json(pair.comparison.run.sampling)
        yield pair_line(
            sampling.request_messages(pair.comparison.prompt),
            pair.preferred.text,
            pair.other.text,
            layout=layout,
        )


def write_pairs(content: IO[bytes], found: PreferenceSet, layout: PairFormat) -> int:
    """Write the file of a set, return the number of its lines, and rewind it.

    Raises:
        DigestMismatch: nothing was erased, and yet the pairs are not those that were frozen.
    """
    digest, lines = hashlib.sha256(), 0
    for line in pair_lines(found, layout):
        content.write(line)
        digest.update(line)
        lines += 1
    is_whole = lines == found.pair_count and layout == PairFormat.OPENAI
    if is_whole and digest.hexdigest() != found.digest:
        raise DigestMismatch(message("preferences.digest", number=found.number))
    content.seek(0)
    return lines
