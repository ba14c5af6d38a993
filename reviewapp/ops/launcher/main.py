"""The launcher's commands, which are also the Makefile's targets."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

from reviewapp import env
from reviewapp.ops.launcher import pytorch, reset, venv
from reviewapp.ops.launcher.console import EXIT_FAILED, EXIT_INTERRUPTED, print_error, print_line
from reviewapp.ops.launcher.locks import (
    APP,
    DEVELOPMENT,
    MODEL,
    NAMES,
    PARQUET,
    S3,
    compile_locks,
)
from reviewapp.ops.user_error import UserError

USAGE = """usage: python3 reviewapp/launch.py COMMAND

  setup           make .venv with the locked dependencies
  setup-model     install the small local model, which `make demo` then serves (200 MB)
  demo            start database, web server and worker with the demo project
  serve           the same without the demo, for work of your own
  test            run every check and every test; words after it go to pytest
  lint            run the checks without the tests
  messages        extract and compile the texts for translators (docs/translations.md)
  bench           measure (docs/benchmarks.md)
  reset           throw away the data folder: database, uploads, secret key
  dump FILE       copy database and uploads into FILE
  restore FILE    put back what dump copied, into an empty database
  setup-parquet   install what writes exported runs as Parquet files (55 MB)
  setup-names     install what finds names of people and postal addresses (95 MB)
  setup-s3        install what keeps frozen files and adapters in S3 (35 MB)
  setup-training  install what trains a model here (1.2 GB; with CUDA libraries 4 GB)
  test-training   train a real model, as a test (docs/trainer.md)
  demo-answers    tune the demo's model and produce its answers again
  lock            make the lock files from pyproject.toml (--upgrade: newest versions)

example: PORT=8080 python3 reviewapp/launch.py demo"""
EXIT_USAGE = 2


def main(arguments: list[str]) -> int:
    """Run a command; return 0 (done), 1 (failed) or 2 (wrong usage)."""
    command, *rest = arguments or ["help"]
    if command in {"help", "-h", "--help"}:
        print_line(USAGE)
        return 0
    if command not in COMMANDS:
        print_error(USAGE)
        return EXIT_USAGE
    try:
        COMMANDS[command](rest)
    except UserError as error:
        print_error(str(error))
        return EXIT_FAILED
    except KeyboardInterrupt:
        print_error("Interrupted.")
        return EXIT_INTERRUPTED
    return 0


def _setup(_rest: list[str]) -> None:
    venv.prepare(APP)
    print_line(
        "Ready. `make demo` starts the demo; `.venv/bin/python manage.py help` lists the commands."
    )


def _setup_model(_rest: list[str]) -> None:
    venv.prepare(APP, MODEL)
    print_line("Ready. `make demo` now serves the model, so that the demo's models answer.")


def _stack(kind: str) -> Callable[[list[str]], None]:
    def run(_rest: list[str]) -> None:
        venv.prepare(APP)
        _exec_module("reviewapp.ops.devstack", [kind])

    return run


def _test(rest: list[str]) -> None:
    venv.prepare(APP, DEVELOPMENT)
    _exec_module("reviewapp.ops.launcher.checks", ["test", *rest])


def _lint(_rest: list[str]) -> None:
    venv.prepare(APP, DEVELOPMENT)
    _exec_module("reviewapp.ops.launcher.checks", ["lint"])


def _messages(rest: list[str]) -> None:
    venv.prepare(APP, DEVELOPMENT)
    _exec_module("reviewapp.i18n", rest)


def _bench(rest: list[str]) -> None:
    venv.prepare(APP, DEVELOPMENT)
    _exec_module("tests.bench", rest)


def _backup(direction: str) -> Callable[[list[str]], None]:
    def run(rest: list[str]) -> None:
        venv.prepare(APP)
        _exec_module("reviewapp.ops.backup", [direction, *rest])

    return run


def _demo_answers(rest: list[str]) -> None:
    pytorch.prepare()
    _exec_module("evaluation.demo", rest)


def _setup_training(_rest: list[str]) -> None:
    pytorch.prepare()
    print_line("Ready. `make demo` now trains models on this machine (docs/training.md).")


def _setup_parquet(_rest: list[str]) -> None:
    venv.prepare(APP, PARQUET)
    print_line("Ready. Exported runs have Parquet files once the server is started again.")


def _setup_s3(_rest: list[str]) -> None:
    venv.prepare(APP, S3)
    print_line("Ready. DATASET_STORAGE and TRAINING_STORAGE can name S3 (docs/deploy.md).")


def _setup_names(_rest: list[str]) -> None:
    venv.prepare(APP, NAMES)
    print_line("Ready. Names and addresses are found once server and workers are started again.")


def _test_training(rest: list[str]) -> None:
    pytorch.prepare(DEVELOPMENT)
    _exec_module("pytest", ["-m", "training", "--numprocesses=0", *rest])


def _lock(rest: list[str]) -> None:
    compile_locks(env.ROOT, upgrade="--upgrade" in rest)


def _exec_module(module: str, rest: list[str]) -> NoReturn:
    """Replace this process by a module in the virtual environment, which gets the signals."""
    os.chdir(env.ROOT)
    os.execv(venv.PYTHON, [str(venv.PYTHON), "-m", module, *rest])  # noqa: S606 - our own.


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "setup": _setup,
    "setup-model": _setup_model,
    "demo": _stack("demo"),
    "serve": _stack("serve"),
    "test": _test,
    "lint": _lint,
    "messages": _messages,
    "bench": _bench,
    "reset": lambda _rest: reset.reset(),
    "dump": _backup("dump"),
    "restore": _backup("restore"),
    "setup-parquet": _setup_parquet,
    "setup-s3": _setup_s3,
    "setup-names": _setup_names,
    "setup-training": _setup_training,
    "test-training": _test_training,
    "demo-answers": _demo_answers,
    "lock": _lock,
}
