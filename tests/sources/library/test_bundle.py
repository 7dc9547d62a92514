"""Folders, zips and tars are read in place: every good member, and none that leads out, is a link, a device or a bomb."""

import gzip
import io
import os
import random
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from florilegium.sources.library.archives import ArchiveBundle, SeekableGzip
from florilegium.sources.library.bundle import FolderBundle, RemoteBundle, content, member_name, natural
from florilegium.sources.library.leaf import Unreadable


def archive(data: bytes) -> ArchiveBundle:
    return ArchiveBundle("it", io.BytesIO(data), len(data))


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "good", "refused"),
    [
        ("zip_dotdot.zip", ["ok/0001.xml"], {"leads_outside", "absolute_name"}),
        ("zip_symlink.zip", ["0001.xml"], {"link"}),
        ("zip_duplicate_member.zip", ["0001.xml"], {"duplicate_member"}),
        ("zip_bomb_300MB.zip", ["alto/0002.xml"], {"bomb"}),
        ("zip_nested_12.zip", [], {"nested_too_deep"}),
        ("tar_dotdot_symlink_fifo.tar", ["ok/0001.xml"], {"leads_outside", "absolute_name", "link", "not_a_file"}),
    ],
)
def test_hostile_archives(library: Path, name: str, good: list[str], refused: set[str]) -> None:
    with archive((library / "hostile" / name).read_bytes()) as bundle:
        assert list(bundle.names()) == good
        assert {item.reason for item in bundle.refused} == refused
        assert all(bundle.open(member).read().startswith(b"<?xml") for member in good)


def test_an_archive_without_its_directory_is_refused(library: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read as an archive"):
        archive((library / "hostile/truncated_50.zip").read_bytes())


def test_of_two_members_of_one_name_the_last_is_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed, pytest.warns(UserWarning, match="Duplicate"):
        packed.writestr("a.xml", b"first")
        packed.writestr("a.xml", b"last")
    assert archive(file.getvalue()).open("a.xml").read() == b"last"


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(zipped({"a.xml": b"secret", "b.xml": b"open"}))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    bundle = archive(bytes(data))
    assert [(item.name, item.reason) for item in bundle.refused] == [("a.xml", "encrypted")]
    assert bundle.names() == ["b.xml"]


def test_names_that_are_utf8_without_saying_so_are_read_as_such() -> None:
    data = zipped({"Groesse/aa.xml": b"x"}).replace(b"Groesse", "Größ_".encode())
    assert archive(data).names() == ["Größ_/aa.xml"]


def test_an_archive_in_an_archive_is_a_folder_of_its_name() -> None:
    inner = zipped({"1.xml": b"inner"})
    deep = zipped({"deep.zip": inner})
    bundle = archive(zipped({"a/in.zip": inner, "b.zip": deep, "c.xml": b"outer"}))
    assert bundle.names() == ["a/in.zip/1.xml", "c.xml"]
    assert bundle.open("a/in.zip/1.xml").read() == b"inner"
    assert [(item.name, item.reason) for item in bundle.refused] == [("b.zip/deep.zip", "nested_too_deep")]


def test_a_cut_tar_gives_what_stands_before_the_cut() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as packed:
        for n in range(3):
            info = tarfile.TarInfo(f"{n}.xml")
            info.size = 2000
            packed.addfile(info, io.BytesIO(bytes([65 + n]) * 2000))
    bundle = archive(file.getvalue()[:6000])
    assert bundle.open("0.xml").read() == b"A" * 2000
    assert "truncated" in {item.reason for item in bundle.refused} or "2.xml" not in bundle.names()


def test_a_gzip_bomb_stops_at_its_limit() -> None:
    bomb = gzip.compress(bytes(100 << 20))
    file = content(io.BytesIO(bomb), len(bomb))
    with pytest.raises(Unreadable, match="unpacks to more than"):
        while file.read(1 << 20):
            pass


def test_a_cut_gzip_is_told() -> None:
    cut = gzip.compress(random.Random(1).randbytes(100_000))[:50_000]
    with pytest.raises(Unreadable) as raised:
        content(io.BytesIO(cut), len(cut)).read()
    assert raised.value.reason == "truncated"


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_gzip_is_read_anywhere(data: st.DataObject) -> None:
    source = random.Random(data.draw(st.integers(0, 5)))
    plain = source.randbytes(300_000) + b"a" * 9_000_000 + source.randbytes(700_000)
    packed = gzip.compress(plain[:4_000_000]) + gzip.compress(plain[4_000_000:])
    file = SeekableGzip(io.BytesIO(packed), len(packed))
    for _ in range(8):
        at, size = data.draw(st.integers(0, len(plain))), data.draw(st.integers(0, 200_000))
        file.seek(at)
        assert io.BufferedReader(file).read(size) == plain[at : at + size] if size else True
        file = SeekableGzip(io.BytesIO(packed), len(packed)) if file.closed else file


def test_links_out_of_a_folder_and_devices_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "page_10.xml").write_text("<a/>")
    (folder / "page_9.xml").write_text("<a/>")
    (folder / "out.xml").symlink_to(tmp_path / "secret.txt")
    (folder / "in.xml").symlink_to(folder / "page_9.xml")
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "fifo")
    assert stat.S_ISFIFO(os.stat(folder / "fifo").st_mode)
    bundle = FolderBundle(str(folder))
    assert bundle.names() == ["in.xml", "page_9.xml", "page_10.xml"]
    found = {item.name: item.reason for item in bundle.refused}
    assert found == {"out.xml": "link_outside", "up": "link", "fifo": "not_a_file"}


def test_a_folder_behind_an_address_has_the_same_names(tmp_path: Path) -> None:
    (tmp_path / "ocr").mkdir()
    (tmp_path / "ocr/1.xml.gz").write_bytes(gzip.compress(b"<a/>"))
    bundle = RemoteBundle(f"file://{tmp_path}")
    assert bundle.names() == FolderBundle(str(tmp_path)).names() == ["ocr/1.xml.gz"]
    assert bundle.open("ocr/1.xml.gz").read() == b"<a/>"


@given(st.text())
def test_no_name_leads_out(written: str) -> None:
    name, reason = member_name(written)
    assert reason is not None or (not name.startswith("/") and ".." not in name.split("/") and "\0" not in name)


def test_numbers_sort_by_value() -> None:
    assert sorted(["p10", "p9", "p09", "p1_2", "p1"], key=natural) == ["p1", "p1_2", "p09", "p9", "p10"]
