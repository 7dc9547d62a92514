"""The digitised material that all tests of this room read: one archive, unpacked once a session."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def library(shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the unpacked library; skip, saying so, where its archive is absent."""
    archive = shared_data("library/library.tar.xz")
    folder = tmp_path_factory.mktemp("library")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="session")
def library_index(shared_data: Callable[[str], Path]) -> list[dict[str, Any]]:
    """Give the independent facts of every file of the library: path, format, language, counts."""
    lines = shared_data("library/index.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
