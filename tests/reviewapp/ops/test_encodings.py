"""The token tables are found without a download."""

from pathlib import Path

import pytest
import tiktoken.load
from tiktoken_ext import openai_public  # type: ignore[import-untyped]

from reviewapp.ops import encodings


def test_tiktoken_reads_the_unpacked_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_download(address: str) -> bytes:
        raise AssertionError(address)

    monkeypatch.setattr(tiktoken.load, "read_file", no_download)
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    encodings.keep(tmp_path)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    for encoding in encodings.FILE_NAMES:
        assert getattr(openai_public, encoding)()["name"] == encoding
