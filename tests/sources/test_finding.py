"""Files by path, folder and pattern: every match is found or named."""

import os
from pathlib import Path

import pytest

from florilegium.errors import SourceError
from florilegium.sources.finding import local_files
from florilegium.sources.jsonl import Jsonl
from florilegium.sources.rows import RowFileOptions


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in (
        "a.jsonl",
        "b.txt",
        "deep/c.jsonl",
        "deep/er/d.jsonl",
        "deep/.hidden/e.jsonl",
        ".f.jsonl",
        "[x]/g.jsonl",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("*.jsonl", ["a.jsonl"]),
        ("*", ["a.jsonl", "b.txt"]),
        (".*.jsonl", [".f.jsonl"]),
        ("**/*.jsonl", ["[x]/g.jsonl", "a.jsonl", "deep/c.jsonl", "deep/er/d.jsonl"]),
        ("deep/**/*.jsonl", ["c.jsonl", "er/d.jsonl"]),
        ("deep/**", ["c.jsonl", "er/d.jsonl"]),
        ("deep/*/d.jsonl", ["er/d.jsonl"]),
        ("deep/e[qr]/?.jsonl", ["er/d.jsonl"]),
        ("deep/.hid*/*", [".hidden/e.jsonl"]),
        ("a.jsonl", ["a.jsonl"]),
        ("deep", ["c.jsonl", "er/d.jsonl"]),
        ("[x]/g.jsonl", ["g.jsonl"]),
        ("nothing*", []),
        ("nowhere/*.jsonl", []),
        ("nothing.jsonl", []),
    ],
)
def test_patterns(place: Path, pattern: str, wanted: list[str]) -> None:
    found = local_files("pool", str(place / pattern))
    assert [item.path for item in found] == wanted
    assert all(Path(item.location).is_file() for item in found)


def test_links_that_lead_back_end_and_others_are_followed(place: Path) -> None:
    (place / "deep" / "loop").symlink_to("..")
    (place / "deep" / "er" / "round").symlink_to(place / "deep")
    (place / "elsewhere").symlink_to(place / "deep" / "er")
    found = [item.path for item in local_files("pool", str(place / "**" / "*.jsonl"))]
    assert len(found) < 12 and {"a.jsonl", "deep/er/d.jsonl", "elsewhere/d.jsonl"} <= set(found)


def test_link_to_nothing_and_pipe_are_named(place: Path) -> None:
    (place / "deep" / "gone.jsonl").symlink_to("nothing")
    with pytest.raises(SourceError, match=r"gone.jsonl cannot be read: No such file"):
        local_files("pool", str(place / "**" / "*.jsonl"))
    (place / "deep" / "gone.jsonl").unlink()
    os.mkfifo(place / "pipe.jsonl")
    with pytest.raises(SourceError, match=r"pipe.jsonl is not a regular file"):
        local_files("pool", str(place / "*.jsonl"))


def test_folder_that_cannot_be_listed_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plainly = os.listdir  # root may list everything: the refusal is the system's, made here

    def listdir(path: str) -> list[str]:
        if path.endswith("er"):
            raise PermissionError(13, "Permission denied", path)
        return plainly(path)

    monkeypatch.setattr(os, "listdir", listdir)
    with pytest.raises(SourceError, match=r"deep/er cannot be listed: Permission denied"):
        local_files("pool", str(place / "**" / "*.jsonl"))


def test_each_pattern_must_match(place: Path) -> None:
    files = (str(place / "a.jsonl"), str(place / "deep" / "*.json"))
    with pytest.raises(SourceError, match=r"no file matches .*deep/\*\.json\."):
        Jsonl(RowFileOptions(name="pool", kind="jsonl", files=files)).inputs()
