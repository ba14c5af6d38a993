"""The lock files: reading them, and making them from pyproject.toml.

They have versions and hashes for every platform and no address of an index, so plain pip installs
them from the index that a machine is configured with.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

from reviewapp.ops.launcher.console import print_line
from reviewapp.ops.user_error import UserError

MIN_PYTHON_VERSION = "3.11"
# The libraries of PyTorch's usual build on Linux, which cannot be imported without them. Its build
# for CPUs needs none of these gigabytes, so they have a lock file of their own.
CUDA_PACKAGES = ("cuda-bindings", "cuda-pathfinder", "cuda-toolkit", "triton")
# PyTorch's build for CPUs (2.13.0, CPython 3.11, Linux on x86-64); it counts as the same version.
TORCH_CPU_HASH = "sha256:6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b"


@dataclass(frozen=True)
class Lock:
    """A lock file. All are installed without dependency resolution.

    Attributes:
        file: its name in the root of the checkout.
        extra: the extra of pyproject.toml that it pins.
        whole: whether it pins everything that its packages require; the others omit some on
            purpose.
    """

    file: str
    extra: str = ""
    whole: bool = True

    def packages(self, root: Path) -> dict[str, str]:
        """Return the pinned version of each package, by canonical name."""
        text = (root / self.file).read_text(encoding="utf-8")
        pins = re.findall(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, flags=re.MULTILINE)
        return {canonical_name(name): version for name, version in pins}


def canonical_name(name: str) -> str:
    """Return a package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


APP = Lock("requirements.txt")
DEVELOPMENT = Lock("requirements-dev.txt", extra="dev")
MODEL = Lock("requirements-model.txt", extra="model", whole=False)
TUNING = Lock("requirements-tune.txt", extra="tune", whole=False)
CUDA = Lock("requirements-tune-cuda.txt", whole=False)
PARQUET = Lock("requirements-parquet.txt", extra="parquet")
NAMES = Lock("requirements-names.txt", extra="names", whole=False)
S3 = Lock("requirements-s3.txt", extra="s3")
INSTALLER = Lock("requirements-installer.txt", extra="installer")
LOCKS = (APP, DEVELOPMENT, MODEL, TUNING, CUDA, PARQUET, NAMES, S3, INSTALLER)


def compile_locks(root: Path, *, upgrade: bool = False) -> None:
    """Write the nine lock files with uv. Pinned versions stay unless `upgrade` is set."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(root / ".venv" / "bin"))
    if uv is None:
        raise UserError("Making the lock files needs uv on the PATH: python3 -m pip install uv")
    listed = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    app, extras = listed["dependencies"], listed["optional-dependencies"]
    common = [uv, "pip", "compile", "-", *("--upgrade" if upgrade else "").split()]
    _compile(common, root, APP, app)
    _compile([*common, "--constraint", APP.file], root, DEVELOPMENT, [*app, *extras["dev"]])
    _compile([*common, "--no-deps"], root, MODEL, extras["model"])
    _compile([*common, "--no-deps", "--constraint", APP.file], root, NAMES, extras["names"])
    _compile([*common, "--constraint", APP.file], root, PARQUET, extras["parquet"])
    _compile([*common, "--constraint", APP.file], root, S3, extras["s3"])
    _compile(common, root, INSTALLER, extras["installer"])
    _compile([*common, "--constraint", APP.file], root, TUNING, extras["tune"])
    _part_from_cuda(root / TUNING.file, root / CUDA.file)


def _compile(command: list[str], root: Path, lock: Lock, wanted: list[str]) -> None:
    print_line(f"locking {lock.file}")
    settings = ["--universal", "--generate-hashes", "--no-header", "--no-annotate", "--quiet"]
    done = subprocess.run(
        [*command, *settings, "--python-version", MIN_PYTHON_VERSION, "--output-file", lock.file],
        input="\n".join(wanted),
        text=True,
        cwd=root,
        check=False,
    )
    if done.returncode:
        raise UserError(f"{lock.file} could not be made; uv gives the reason above.")


def _part_from_cuda(file: Path, cuda_file: Path) -> None:
    """Move PyTorch's libraries for GPUs to their own lock file; add the hash of the CPU build."""
    kept: list[str] = []
    cuda: list[str] = []
    target = kept
    cpu_build = f"    --hash={TORCH_CPU_HASH} \\"
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith(" "):
            name = line.split("==")[0]
            is_cuda = name in CUDA_PACKAGES or name.startswith("nvidia-")
            target = cuda if is_cuda else kept
        # uv keeps the hash that an earlier lock was given here.
        if line == cpu_build:
            continue
        target.append(line)
        if line.startswith("torch=="):
            target.append(cpu_build)
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    cuda_file.write_text("\n".join(cuda) + "\n", encoding="utf-8")
