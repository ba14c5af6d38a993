"""The helper processes of an import: read chunks of raw rows, answer with the outcomes.

`python -m datasets.ingest.files.helper FD ...` reads how rows are read from standard input and
starts one process for each file descriptor, which is a connected socket. A process ends when its
socket is closed.
"""

import gc
import json
import os
import pickle
import socket
import sys
import traceback
from dataclasses import replace

from datasets.ingest.files.known import nothing_known
from datasets.ingest.files.prepare import Reading, prepare_chunk
from datasets.ingest.files.raw import RawRow

# A text that makes each inspection load its tables.
_SAMPLE = {
    "messages": [
        {
            "role": "user",
            "content": "Can you call me on +44 20 7946 0018 before Friday?",  # not translated: data
        },
        {
            "role": "assistant",
            "content": "Yes. One of our colleagues is going to call.",  # not translated: data
        },
    ]
}


def main() -> None:
    """Load the tables, fork the helpers, and wait until all have ended."""
    reading: Reading = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent.
    lines = [socket.socket(fileno=int(descriptor)) for descriptor in sys.argv[1:]]
    sample = replace(reading, known=nothing_known)
    prepare_chunk([RawRow(1, 0, json.dumps(_SAMPLE).encode())], sample)
    # Objects that the garbage collector never visits are never written to, so their memory stays
    # shared.
    gc.collect()
    gc.freeze()
    for line in lines:
        if os.fork() == 0:
            _work(line, lines, reading)
    for line in lines:
        line.close()
    for _ in lines:
        os.wait()


def _work(line: socket.socket, lines: list[socket.socket], reading: Reading) -> None:
    """Run one helper; does not return."""
    code = 1
    try:
        for other in lines:
            if other is not line:
                # If the parent kept this open, nobody would notice that the helper has ended.
                other.close()
        serve(line, reading)
        code = 0
    except (BrokenPipeError, ConnectionResetError):
        pass  # The importing process no longer reads answers.
    except Exception:  # noqa: BLE001 - the last place where it can be reported.
        traceback.print_exc()
    finally:
        os._exit(code)


def serve(line: socket.socket, reading: Reading) -> None:
    """Answer each chunk with its outcomes."""
    requests, answers = line.makefile("rb"), line.makefile("wb")
    while True:
        try:
            chunk = pickle.load(requests)  # noqa: S301 - from our own parent.
        except EOFError:
            return
        outcomes = prepare_chunk(chunk, reading)
        pickle.dump(outcomes, answers, protocol=pickle.HIGHEST_PROTOCOL)
        answers.flush()


if __name__ == "__main__":
    main()
