"""Artefacts: sealed as they are, and missed as soon as anything in them is altered."""

from pathlib import Path

import pytest

from florilegium.ablation.store import Store, begin, complete, seal, store_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = Store(tmp_path).folder("model", {"seed": 1})
    begin(made, {"seed": 1})
    (made / "checkpoint").mkdir()
    (made / "checkpoint" / "weights.bin").write_bytes(bytes(range(200)))
    (made / "empty").write_bytes(b"")
    (made / "training.state").write_bytes(b"passing")
    (made / ".weights.tmp").write_bytes(b"passing")
    seal(made, {"tokens": 7})
    return made


def test_folder_is_named_by_what_it_is_of(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    assert store.path == tmp_path / "_ablation"
    names = {store.folder("model", each).name for each in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1}, {"a": 1.5})}
    assert len(names) == 3 and all(name.startswith("model-") and len(name) == 22 for name in names)
    with pytest.raises(ValueError):
        store.folder("model", {"a": float("nan")})


def test_every_flipped_byte_and_every_cut_is_noticed(folder: Path) -> None:
    assert complete(folder) == {"tokens": 7}
    for path in (folder / "checkpoint" / "weights.bin", folder / "identity.json", folder / "00000.done"):
        whole = path.read_bytes()
        for at in range(0, len(whole), 7):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert complete(folder) is None, (path.name, at)
            path.write_bytes(whole[:at])
            assert complete(folder) is None, (path.name, at)
        path.write_bytes(whole)
    assert complete(folder) == {"tokens": 7}
    (folder / "empty").unlink()
    assert complete(folder) is None


def test_what_lies_about_and_what_passes_does_not_matter(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / "training.state").unlink()
    (folder / ".weights.tmp").unlink()
    assert complete(folder) == {"tokens": 7}
    assert complete(folder.parent / "model-none") is None


def test_begin_keeps_only_what_it_is_told(folder: Path) -> None:
    begin(folder, {"seed": 2}, keep=("training.state",))
    assert sorted(path.name for path in folder.iterdir()) == ["identity.json", "training.state"]
    assert complete(folder) is None and '"seed": 2' in (folder / "identity.json").read_text()
