"""Our own parsers under arbitrary and mutated bytes: no exception but the documented ones, no record lost, and they end."""

import io
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from florilegium.charset import decode
from florilegium.charset.labels import encoding_of, required_encoding
from florilegium.documents import Input
from florilegium.errors import DocumentError, RecipeError
from florilegium.recipe.load import load_recipe
from florilegium.recipe.tree import parse_tree
from florilegium.registry import registry
from florilegium.report.terminal import safe
from florilegium.sources.compressed import BROKEN, decompressed
from florilegium.sources.source import Flaw, Record, Refusal
from florilegium.sources.warc import Damage, Page, Refused, read_archive
from florilegium.sources.warc.bodies import BrokenBodyError, LargeBodyError, decode_body
from florilegium.sources.warc.headers import arc_line, parse_fields
from tests.faults.containers import CONTAINERS, line, page, parquet, source

FEW = range(5)
PACKED = {name: container.pack(FEW) for name, container in CONTAINERS.items()}
fuzz = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """Give bytes with a few places overwritten, taken out, doubled or moved."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(changed)))
        stop = min(len(changed), start + draw(st.integers(0, 64)))
        kind = draw(st.sampled_from(["overwrite", "take out", "double", "move", "cut"]))
        part = bytes(changed[start:stop])
        if kind == "overwrite":
            changed[start:stop] = draw(st.binary(max_size=64))
        elif kind == "double":
            changed[start:start] = part
        elif kind == "cut":
            del changed[max(start, len(changed) // 4) :]
        else:
            del changed[start:stop]
            if kind == "move":
                place = draw(st.integers(0, len(changed)))
                changed[place:place] = part
    return bytes(changed)


WARCS = [name for name in CONTAINERS if CONTAINERS[name].kind == "warc"]


@pytest.mark.parametrize("name", WARCS)
@fuzz
@given(data=st.data())
def test_archive_says_something_of_every_byte(name: str, data: st.DataObject) -> None:
    broken = data.draw(mutated(PACKED[name]))
    found = list(read_archive(io.BytesIO(broken)))
    assert found
    ordinals = [item.ordinal for item in found if not isinstance(item, Damage)]
    assert ordinals == list(range(len(ordinals)))
    assert all(0 <= item.offset <= len(broken) for item in found)


@pytest.mark.parametrize("stop", [b"\r\nContent-Length", b"ontent-Type", b"RC-Date", b"urn:test"])
def test_header_that_breaks_off_does_not_take_the_next_one_for_its_own(stop: bytes) -> None:
    whole = page(1)
    found = list(read_archive(io.BytesIO(page(0) + whole[: whole.index(stop)] + page(2) + page(3))))
    assert [item.url for item in found if isinstance(item, Page)] == [f"http://made.example/{n}" for n in (0, 2, 3)]
    assert [item.reason for item in found if isinstance(item, Refused)] == ["unreadable"]
    assert [item.kind for item in found if isinstance(item, Damage)] == ["corrupt"]


def test_address_that_ends_like_a_record_header_is_an_address() -> None:
    odd = page(1).replace(b"http://made.example/1\r\n", b"http://made.example/WARC/1.1\r\n")
    assert [type(item) for item in read_archive(io.BytesIO(odd + page(2)))] == [Page, Page]


@pytest.mark.parametrize("name", ["warc.gz", "warc.zst", "warc"])
@fuzz
@given(st.data())
def test_records_behind_damage_are_found_again(name: str, data: st.DataObject) -> None:
    """Two whole records, something, and two more: the records are found, whatever lies between."""
    pack = CONTAINERS[name].pack
    between = data.draw(st.one_of(st.binary(max_size=200), mutated(pack([9]))))
    found = list(read_archive(io.BytesIO(pack([0, 1]) + between + pack([2, 3]))))
    pages = {item.url for item in found if isinstance(item, Page)}
    swallowed = [item for item in found if not isinstance(item, Page)]
    wanted = {f"http://made.example/{number}" for number in (0, 1, 2, 3)}
    if name == "warc":  # a plain header with a wrong length may take what follows into its block
        assert wanted <= pages or swallowed
    assert {f"http://made.example/{number}" for number in (0, 1, 3)} <= pages or name == "warc"
    assert wanted <= pages or swallowed


@pytest.mark.parametrize("name", [name for name in CONTAINERS if name.startswith("jsonl")])
@fuzz
@given(data=st.data())
def test_lines_come_out_or_are_refused(name: str, data: st.DataObject) -> None:
    broken = data.draw(mutated(PACKED[name]))
    found = list(source("jsonl", "x").read(io.BytesIO(broken), Input("pool", "x", "x", 0, "")))  # type: ignore[attr-defined]
    numbers = [item.record for item in found if isinstance(item, Record | Refusal)]
    assert numbers == list(range(len(numbers)))
    assert len([item for item in found if isinstance(item, Flaw)]) <= 1


@fuzz
@given(st.one_of(st.binary(max_size=300), *(mutated(PACKED[name]) for name in ("jsonl.gz", "jsonl.zst"))))
@example(b"\x28\xb5\x2f\xfd")
@example(b"\x50\x2a\x4d\x18\xff\xff\xff\xff")
@example(b"\x1f\x8b")
def test_container_gives_bytes_or_breaks_as_documented(data: bytes) -> None:
    try:
        stream = decompressed(io.BytesIO(data))
        while stream.read(1 << 16):
            pass
    except BROKEN:
        pass


@fuzz
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40), st.sampled_from([b"5\r\n", b"0\r\n\r\n", b"\x1f\x8b\x08\0", b"ffffffffff\r\n"])
        )
    ),
    st.sampled_from([b"", b"chunked", b"gzip, chunked", b"identity", b"x"]),
    st.sampled_from([b"", b"gzip", b"deflate", b"br", b"zstd", b"gzip, br", b"gzip,gzip,gzip,gzip", b"\xff"]),
)
def test_body_is_decoded_or_broken(parts: list[bytes], transfer: bytes, content: bytes) -> None:
    with suppress(BrokenBodyError, LargeBodyError):
        assert len(decode_body(b"".join(parts), transfer, content, 1 << 20)) <= 1 << 20


@fuzz
@given(st.one_of(st.binary(max_size=200), mutated(page(1)[:400])))
@example(b"a: 1.1.1.1 20260102030405 c 5\n")
def test_headers_are_parsed(data: bytes) -> None:
    assert all(b"\n" not in name for name in parse_fields(data))
    found = arc_line(data, 0)
    assert found is None or 0 < found.size <= len(data)


@fuzz
@given(
    st.one_of(st.binary(max_size=300), mutated("<meta charset=utf-16><p>Grüße, 你好, привет".encode())), st.booleans()
)
@example(b"\x1b$)C", True)
@example(b"\xff\xfe\x00", True)
@example(b"\x00\x00\xfe\xff\xff", False)
def test_any_bytes_are_text_or_refused(data: bytes, html: bool) -> None:
    try:
        found = decode(data, html=html)
    except DocumentError:
        return
    found.text.encode()  # no lone surrogates
    assert found.encoding and found.replaced >= 0


@fuzz
@given(
    st.one_of(
        st.text(max_size=30),
        st.sampled_from(["utf-8", "UTF8", "latin1", "x-sjis", "iso-2022-kr", "cp0", "idna", "hex"]),
    )
)
@example("\0")
@example("rot13")
def test_any_label_is_an_encoding_or_refused(label: str) -> None:
    encoding_of(label)
    with suppress(RecipeError):
        b"text".decode(required_encoding(label).codec, "replace")


SEED = """\
name: seed
sources: [{name: p, kind: jsonl, files: "a/*.jsonl"}]
measure:
  - &l {language: {with: py3langid}}
  - signals: [gopher_quality, c4]
decide:
  - {rules: [c4, {signal: gopher.words, at_least: {default: 5, de: 7.5}}], expect: {removed: [0, 1]}}
patch:
  - {set: decide.rules.c4.sentences.at_least, to: 2}
run: {workers: 2}
"""
YAML = st.one_of(
    st.text(max_size=120),
    mutated(SEED.encode()).map(lambda data: data.decode(errors="replace")),
    st.lists(st.sampled_from([*list("{}[]:,&*!|>-?#\"'%@`\n\t ~<="), *"a1", "<<: *l", "&a ", "*a", "---\n", "!!set", "0x", "1e"])).map("".join),
)  # fmt: skip


@fuzz
@given(YAML)
@example("a: 2001-99-99")
@example("? ? ? a")
@example("!!timestamp x")
@example("!!omap [a]")
@example("!!int x")
@example("a: &a\n  <<: *a\n")
@example("<<: 5")
@example("%YAML 9.9\n---\na")
def test_any_yaml_is_a_tree_or_refused(text: str) -> None:
    try:
        tree = parse_tree(text, "x.yaml", Path())
    except RecipeError as error:
        assert "x.yaml" in str(error)
        return
    assert all(number >= 1 for _, number in tree.lines.values())


@fuzz
@given(text=YAML)
def test_any_recipe_is_understood_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_recipe(path, registry())
    except RecipeError as error:
        assert "fuzz.yaml" in str(error)


@fuzz
@given(st.text(max_size=200))
@example("[bold]x[/bold] \\[red] [/]")
@example("\\")
@example("[link=x]\\")
def test_what_is_safe_is_shown_as_it_stands(text: str) -> None:
    out = io.StringIO()
    Console(file=out, force_terminal=True, color_system="truecolor", width=10_000).print(
        safe(text), highlight=False, soft_wrap=True, end=""
    )
    shown = out.getvalue()
    assert not [letter for letter in shown if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    wanted = "".join(letter if letter.isprintable() else "x" for letter in text.replace("\ufffd", "x"))
    # the library doubles a last backslash, and may take those before a bracket for its own
    assert shown.replace("\ufffd", "x").replace("\\", "") == wanted.replace("\\", "")


def test_seed_corpus_is_read_whole() -> None:
    """What the mutations start from is sound: else they prove nothing."""
    for name in WARCS:
        assert [type(item) for item in read_archive(io.BytesIO(PACKED[name]))] == [Page] * len(FEW)
    read: Callable[[str, bytes], list[object]] = lambda kind, data: list(  # noqa: E731
        source(kind, "x").read(io.BytesIO(data), Input("pool", "x", "x", 0, ""))  # type: ignore[attr-defined]
    )
    assert [type(item) for item in read("parquet", parquet(FEW))] == [Record] * len(FEW)
    assert [type(item) for item in read("jsonl", b"".join(map(line, FEW)))] == [Record] * len(FEW)
