#!/usr/bin/env python3
"""Entry point of the commands; nothing else."""

import gc
import sys

# What loading the app makes stays: to look through it for garbage is a fifth of a short command.
# `main` turns the collection on again.
gc.disable()

try:
    from reviewapp.ops.commandline import main
except ModuleNotFoundError as missing:
    sys.exit(
        f"{missing.name} is not installed for this Python: "
        "run `make setup`, then `.venv/bin/python manage.py ...`."
    )

if __name__ == "__main__":
    sys.exit(main(sys.argv))
