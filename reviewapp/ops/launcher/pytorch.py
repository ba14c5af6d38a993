"""Installs what the local trainer needs, with a PyTorch that this machine can import.

The usual build for Linux needs CUDA libraries of three gigabytes. A machine without an NVIDIA GPU
gets the build for CPUs where pip finds it: on what it is configured with, or on PyTorch's index.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from reviewapp import env
from reviewapp.ops.launcher import venv
from reviewapp.ops.launcher.console import print_line
from reviewapp.ops.launcher.locks import APP, CUDA, MODEL, TORCH_CPU_HASH, TUNING, Lock
from reviewapp.ops.user_error import UserError

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# One try: behind a firewall the usual build is installed instead.
CONNECT_SECONDS = 15
PROBE = "import torch"


def prepare(*others: Lock) -> None:
    """Install the locks of the trainer, and others.

    Raises:
        UserError: pip failed, or PyTorch cannot be imported.
    """
    venv.prepare(APP, *others, MODEL)
    if _is_cpu_build_made_for_here() and not _works():
        _install_cpu_build()
    venv.prepare(TUNING)
    if has_gpu() or not _works():
        if sys.platform == "linux":
            print_line("PyTorch's build for GPUs needs its CUDA libraries (about 3 GB)")
            venv.prepare(CUDA)
        if not _works():
            raise UserError(f"PyTorch cannot be imported. Type `{venv.PYTHON} -c '{PROBE}'`.")


def has_gpu() -> bool:
    """Return whether this machine has the program of NVIDIA's driver."""
    return shutil.which("nvidia-smi") is not None


def _works() -> bool:
    done = subprocess.run([venv.PYTHON, "-c", PROBE], check=False, capture_output=True)
    return not done.returncode


def _is_cpu_build_made_for_here() -> bool:
    """Return whether the build for CPUs that the lock file knows runs here."""
    is_platform = (sys.platform, platform.machine()) == ("linux", "x86_64")
    return is_platform and sys.version_info[:2] == (3, 11) and not has_gpu()


def _install_cpu_build() -> bool:
    """Install PyTorch's build for CPUs; return whether pip found it."""
    print_line("installing PyTorch's build for CPUs (this takes a minute or so)")
    pytorch = ["--index-url", CPU_INDEX, "--retries", "0", "--timeout", str(CONNECT_SECONDS)]
    return any(_pip_finds_cpu_build(options) for options in ([], pytorch))


def _pip_finds_cpu_build(options: list[str]) -> bool:
    version = TUNING.packages(env.ROOT)["torch"]
    command: list[str | Path] = [venv.PYTHON, "-m", "pip", "install", "--no-input", "--quiet"]
    command += ["--disable-pip-version-check", "--no-compile", "--no-deps", "--require-hashes"]
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text(f"torch=={version}+cpu --hash={TORCH_CPU_HASH}\n", encoding="ascii")
        done = subprocess.run(
            [*command, *options, "--requirement", wanted],
            check=False,
            capture_output=True,
            env=env.child(PIP_USER="0"),
        )
    return not done.returncode
