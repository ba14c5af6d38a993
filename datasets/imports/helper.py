"""A helper process of an import: chunks of raw rows in, outcomes out, until the input ends."""

import pickle
import sys
from typing import BinaryIO

from datasets.imports.prepare import prepare_chunk


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer chunks by their outcomes. The first request names the format and the settings."""
    format_, settings = pickle.load(requests)  # noqa: S301 - from the process that started this.
    while True:
        try:
            chunk = pickle.load(requests)  # noqa: S301 - the same.
        except EOFError:
            return
        pickle.dump(
            prepare_chunk(chunk, format_, settings), answers, protocol=pickle.HIGHEST_PROTOCOL
        )
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
