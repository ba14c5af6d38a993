#!/usr/bin/env python3
"""`python3 reviewapp/launch.py demo`: the commands of the Makefile, for systems without make.

Any Python 3 can parse this file, so that an old version gets a clear error.
"""

import os
import shutil
import sys

MIN_PYTHON = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")

if os.name == "nt":
    sys.exit(
        "Touchstone runs on Linux and macOS; on Windows, use it in WSL."  # not translated: CLI
    )
if sys.version_info < MIN_PYTHON:
    for program in filter(None, map(shutil.which, NEWER)):
        os.execv(program, [program, *sys.argv])  # noqa: S606 - a Python from the PATH.
    sys.exit(
        "Touchstone needs Python 3.11 or newer. Install it on the PATH."  # not translated: CLI
    )

# Otherwise modules beside this file (celery.py, http ...) would shadow libraries of the same name.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from reviewapp.ops.launcher.main import main  # noqa: E402 - an old Python cannot read it.

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
