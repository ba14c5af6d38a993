"""`python -m evaluation.training.local.llama_server BASE PORT`: serves a model by llama.cpp.

It speaks the Chat Completions format on 127.0.0.1, with one request at a time. All adapters are on,
unless a request selects some by `lora`.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

# The model is unloaded when nothing has asked for so long; the next request loads it again.
SLEEP_SECONDS = 120


def main(arguments: list[str]) -> None:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.training.local.llama_server")
    parser.add_argument("base", type=Path, help="GGUF file")
    parser.add_argument("port", type=int)
    parser.add_argument("adapters", type=Path, nargs="*", help="GGUF files, numbered so")
    parser.add_argument("--alias", required=True, help="what requests call the model")
    parser.add_argument("--context", type=int, default=2048, help="tokens")
    options = parser.parse_args(arguments)
    serve(options.base, options.port, options.adapters, options.alias, context=options.context)


def serve(base: Path, port: int, adapters: list[Path], alias: str, *, context: int) -> None:
    """Serve the model on a port; blocks until SIGTERM or SIGINT.

    Raises:
        SystemExit: llama.cpp cannot be loaded.
    """
    try:
        import xllamacpp  # noqa: PLC0415 - optional, and slow to import.
    except ImportError as error:
        raise SystemExit(
            f"The model cannot be served: {error}. "  # not translated: CLI
            "Install what is missing: libgomp.so.1 is in the package libgomp1 of Debian and Ubuntu."
        ) from error

    for number in (signal.SIGTERM, signal.SIGINT):
        # The threads of the library do not end by themselves.
        signal.signal(number, lambda *_: os._exit(0))
    params = xllamacpp.CommonParams()
    params.model.path = str(base)
    params.model_alias = {alias}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_parallel = 1
    params.n_ctx = context
    params.sleep_idle_seconds = SLEEP_SECONDS
    # Several threads wait for each other at every layer: on a busy machine one is faster.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.cache_ram_mib = 0
    # What was calculated for an earlier prompt, perhaps without the adapter, would change answers.
    params.cache_prompt = False
    params.use_jinja = True
    params.ui = False
    params.verbosity = 1
    params.lora_adapters = [_scaled(xllamacpp, file) for file in adapters]
    server = xllamacpp.Server(params)
    sys.stdout.write(f"the local model answers at {server.listening_address}/v1\n")
    sys.stdout.flush()
    while True:
        signal.pause()


def _scaled(xllamacpp: object, file: Path) -> object:
    adapter = xllamacpp.CommonAdapterLoraInfo()  # type: ignore[attr-defined]
    adapter.path, adapter.scale = str(file), 1.0
    return adapter


if __name__ == "__main__":
    main(sys.argv[1:])
