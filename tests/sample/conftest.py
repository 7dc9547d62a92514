"""One small and one full sample for all tests of this room."""

from pathlib import Path

import pytest

from florilegium.sample.generate import generate
from florilegium.sample.truth import SampleTruth


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample of seed 0 at scale 1.0."""
    path = tmp_path_factory.mktemp("sample")
    generate(path)
    return path


@pytest.fixture(scope="session")
def truth(folder: Path) -> SampleTruth:
    """The truth of that sample, as read from the disk."""
    return SampleTruth.load(folder)
