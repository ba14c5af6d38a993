"""Which PyTorch `make setup-training` installs, and that it can be imported afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reviewapp import env
from reviewapp.ops.launcher import locks, pytorch, venv
from reviewapp.ops.user_error import UserError
from tests.reviewapp.ops.test_locks import _wheel

CPU_BUILD = "CPU build"
Setup = Callable[..., list[str]]


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch) -> Setup:
    """Set up a machine; return what was installed or tried, in order."""

    def run(*, works_with: str, offered: int = 0, gpu: bool = False) -> list[str]:
        done: list[str] = []

        def finds(_options: list[str]) -> bool:
            done.append(CPU_BUILD)
            return done.count(CPU_BUILD) == offered

        monkeypatch.setattr(
            venv, "prepare", lambda *locks: done.extend(lock.file for lock in locks)
        )
        monkeypatch.setattr(pytorch, "_pip_finds_cpu_build", finds)
        monkeypatch.setattr(pytorch, "has_gpu", lambda: gpu)
        monkeypatch.setattr(pytorch, "_is_cpu_build_made_for_here", lambda: not gpu)
        monkeypatch.setattr(pytorch, "_works", lambda: works_with in done)
        monkeypatch.setattr(sys, "platform", "linux")
        pytorch.prepare()
        return done[2:]

    return run


def test_a_build_for_cpus_that_pip_is_offered_needs_no_cuda_libraries(setup: Setup) -> None:
    assert setup(works_with=CPU_BUILD, offered=1) == [CPU_BUILD, locks.TUNING.file]


def test_without_it_pytorch_gets_its_cuda_libraries(setup: Setup) -> None:
    tried = [CPU_BUILD, CPU_BUILD]
    assert setup(works_with=locks.CUDA.file) == [*tried, locks.TUNING.file, locks.CUDA.file]


def test_a_machine_with_a_gpu_gets_the_build_for_gpus(setup: Setup) -> None:
    installed = setup(works_with=locks.TUNING.file, gpu=True)
    assert installed == [locks.TUNING.file, locks.CUDA.file]


def test_a_pytorch_that_cannot_be_imported_is_an_error(setup: Setup) -> None:
    with pytest.raises(UserError, match="import torch"):
        setup(works_with="nothing")


def test_the_cpu_build_is_found_where_its_address_names_no_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, target = tmp_path / "index", tmp_path / "target"
    index.mkdir()
    version = locks.TUNING.packages(env.ROOT)["torch"]
    digest = _wheel(index, "torch", f"{version}+cpu")
    _wheel(index, "torch", version)
    monkeypatch.setattr(venv, "PYTHON", Path(sys.executable))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setenv("PIP_TARGET", str(target))
    assert not pytorch._pip_finds_cpu_build([]), "the file is not the pinned one"
    monkeypatch.setattr(pytorch, "TORCH_CPU_HASH", digest)
    assert pytorch._pip_finds_cpu_build([])
    assert [path.name for path in target.glob("*.dist-info")] == [f"torch-{version}+cpu.dist-info"]


def test_the_two_locks_of_the_trainer_share_no_package() -> None:
    tuning, cuda = locks.TUNING.packages(env.ROOT), locks.CUDA.packages(env.ROOT)
    assert "torch" in tuning
    assert {"nvidia-cudnn-cu13", "triton"} <= cuda.keys()
    assert not tuning.keys() & cuda.keys()
    assert locks.TORCH_CPU_HASH in (env.ROOT / locks.TUNING.file).read_text(encoding="utf-8")
