"""Every container and every kind of damage, from archives made here."""

import io

import pytest
import zstandard

from florilegium.sources.warc import Damage, Page, Refused


@pytest.fixture(scope="module")
def records(made):
    """A warcinfo record and three pages."""
    info = made.record(0, b"software: made\r\n", WARC_Type="warcinfo", WARC_Target_URI=None)
    return [info, made.page(1), made.page(2), made.page(3)]


@pytest.fixture(scope="module")
def arc(made):
    """An ARC file with the same three pages."""
    block = b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n"
    head = b"filedesc://made.arc 0.0.0.0 20260102030405 text/plain %d\n" % len(block)
    return head + block + b"\n" + b"".join(made.arc(number, made.http(made.html(number))) for number in (1, 2, 3))


def with_dictionary(made, records, compressed):
    trained = zstandard.train_dictionary(2048, [made.page(number) for number in range(200)])
    content = made.zstd(trained.as_bytes()) if compressed else trained.as_bytes()
    frame = b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content
    return frame + b"".join(made.zstd(record, dict_data=trained) for record in records)


CONTAINERS = {
    "plain": lambda made, records: b"".join(records),
    "gzip by record": lambda made, records: b"".join(map(made.gzip, records)),
    "gzip as a whole": lambda made, records: made.gzip(b"".join(records)),
    "gzip in gzip": lambda made, records: made.gzip(b"".join(map(made.gzip, records))),
    "gzip, empty members between": lambda made, records: made.gzip(b"").join(map(made.gzip, records)),
    "gzip, members cut anywhere": lambda made, records: b"".join(
        made.gzip(b"".join(records)[at : at + 111]) for at in range(0, len(b"".join(records)), 111)
    ),
    "gzip, NULs at the end": lambda made, records: b"".join(map(made.gzip, records)) + bytes(1000),
    "zstd by record": lambda made, records: b"".join(map(made.zstd, records)),
    "zstd as a whole": lambda made, records: made.zstd(b"".join(records)),
    "zstd without size": lambda made, records: zstandard.ZstdCompressor(write_content_size=False).compress(
        b"".join(records)
    ),
    "zstd with dictionary": lambda made, records: with_dictionary(made, records, compressed=False),
    "zstd with compressed dictionary": lambda made, records: with_dictionary(made, records, compressed=True),
    "lz4 by record": lambda made, records: b"".join(map(made.lz4, records)),
    "lz4 as a whole": lambda made, records: made.lz4(b"".join(records)),
    "plain, then gzip and zstd": lambda made, records: (
        records[0] + made.gzip(records[1]) + made.zstd(records[2]) + made.gzip(records[3])
    ),
    "plain, BOM and empty lines first": lambda made, records: b"\xef\xbb\xbf\r\n\r\n" + b"".join(records),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_gives_the_same_pages(made, records, name):
    found = made.read(CONTAINERS[name](made, records))
    assert [page.payload for page in found.pages] == [made.html(number) for number in (1, 2, 3)]
    assert [(record.reason, record.value) for record in found.refused] == [("record_type", "warcinfo")]
    assert found.damage == []
    assert [found.ordinal for found in found.out] == [0, 1, 2, 3]


def test_a_page_carries_what_its_record_says(made, records):
    data = b"".join(map(made.gzip, records))
    page = made.read(data).pages[1]
    assert page == Page(
        record_id="<urn:test:2>",
        url="http://made.example/2",
        date="2026-01-02T03:04:05Z",
        status=200,
        content_type="text/html",
        mime="text/html",
        payload=made.html(2),
        offset=len(made.gzip(records[0]) + made.gzip(records[1])),
        ordinal=2,
        record_type="response",
    )


def test_offset_of_a_plain_record_is_its_own_and_of_a_frame_the_frames(made, records):
    plain = made.read(b"".join(records))
    assert [page.offset for page in plain.pages] == [len(b"".join(records[:n])) for n in (1, 2, 3)]
    assert {page.offset for page in made.read(made.gzip(b"".join(records))).pages} == {0}


@pytest.mark.parametrize("pack", ["plain", "gzip"])
def test_arc(made, arc, pack):
    found = made.read(arc if pack == "plain" else made.gzip(arc))
    assert found.urls == ["1", "2", "3"]
    assert [page.payload for page in found.pages] == [made.html(number) for number in (1, 2, 3)]
    assert found.pages[0].date == "20260102030405"
    assert [record.record_type for record in found.refused] == ["arcinfo"]


def test_arc_url_with_spaces_and_wrong_length(made):
    spaced = made.arc(1, made.http(made.html(1))).replace(b"example/1", b"example/one two")
    broken = made.arc(2, made.http(made.html(2)), length=20)
    found = made.read(spaced + broken + made.arc(3, made.http(made.html(3))))
    assert found.urls == ["one two", "3"]
    assert [record.reason for record in found.refused] == ["unreadable"]
    assert [(damage.kind, damage.offset) for damage in found.damage] == [("corrupt", len(spaced))]


@pytest.mark.parametrize("size", [70_000, 3_000_000])
@pytest.mark.parametrize("pack", ["gzip", "zstd", "lz4"])
def test_a_record_larger_than_a_chunk_between_others(made, pack, size):
    """Pieces of a member join, and what follows the member begins where it ends."""
    large = made.record(2, made.http(b"<p>" + bytes(range(32, 127)) * (size // 95)))
    wrap = getattr(made, pack)
    found = made.read(wrap(made.page(1)) + wrap(large) + wrap(made.page(3)))
    assert found.urls == ["1", "2", "3"]
    assert found.damage == []


def damaged(data, at, by=b"\xff"):
    return data[:at] + bytes(old ^ new for old, new in zip(data[at:], by, strict=False)) + data[at + len(by) :]


def test_wrong_crc_refuses_the_record_and_reads_on(made, records):
    members = list(map(made.gzip, records))
    members[2] = damaged(members[2], len(members[2]) - 6)
    found = made.read(b"".join(members))
    assert found.urls == ["1", "3"]
    assert found.refused[1].url.endswith("/2")
    assert found.refused[1].reason == "unreadable"
    assert found.damage == [
        Damage(len(members[0] + members[1]), "corrupt", "CRC or length of the gzip member is wrong")
    ]


@pytest.mark.parametrize("pack", ["gzip", "zstd", "lz4"])
@pytest.mark.parametrize("place", [0, 0.6])
def test_a_damaged_unit_costs_its_own_record_only(made, records, pack, place):
    units = [getattr(made, pack)(record) for record in records]
    units[2] = damaged(units[2], int(place * len(units[2])), b"\xff\xff")
    found = made.read(b"".join(units))
    assert found.urls == ["1", "3"]
    assert {(damage.kind, damage.offset) for damage in found.damage} == {("corrupt", len(units[0] + units[1]))}


def test_what_can_be_read_of_a_broken_member_names_the_lost_record(made, records):
    members = list(map(made.gzip, records))
    members[2] = damaged(members[2], len(members[2]) - 60, b"\xff" * 8)
    found = made.read(b"".join(members))
    assert [record.url for record in found.refused[1:]] == ["http://made.example/2"]


@pytest.mark.parametrize("hole", [bytes(512), b"garbage\r\n" * 20])
def test_hole_between_members(made, records, hole):
    members = list(map(made.gzip, records))
    found = made.read(b"".join(members[:2]) + hole + b"".join(members[2:]))
    assert found.urls == ["1", "2", "3"]
    assert [(damage.kind, damage.offset) for damage in found.damage] == [("corrupt", len(b"".join(members[:2])))]


def test_plain_record_between_members_is_read_and_reported(made, records):
    members = list(map(made.gzip, records))
    found = made.read(members[0] + members[1] + records[2] + members[3])
    assert found.urls == ["1", "2", "3"]
    assert len(found.refused) == 1
    assert [(damage.kind, damage.offset) for damage in found.damage] == [("corrupt", len(members[0] + members[1]))]


def test_zstd_frame_without_its_dictionary_is_said_to_lack_it(made, records):
    whole = with_dictionary(made, records, compressed=False)
    found = made.read(whole[8 + int.from_bytes(whole[4:8], "little") :])
    assert [(damage.kind, damage.offset) for damage in found.out] == [("corrupt", 0)]
    assert "dictionary" in found.damage[0].message


@pytest.mark.parametrize("content", [b"", b"no dictionary", b"\x37\xa4\x30\xec" + bytes(20), b"\x28\xb5\x2f\xfd cut"])
def test_a_worthless_dictionary_hurts_only_the_frames_that_need_it(made, records, content):
    frame = b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content
    found = made.read(frame + made.lz4(records[1]))
    assert (found.urls, found.damage) == (["1"], [])


def test_cut_skippable_frame(made, records):
    units = made.zstd(records[1]) + made.zstd(records[2])
    for cut in (b"\x50\x2a\x4d\x18", b"\x50\x2a\x4d\x18\x09\0\0\0abc"):
        found = made.read(units + cut)
        assert found.urls == ["1", "2"]
        assert [(damage.kind, damage.offset) for damage in found.damage] == [("truncated", len(units))]


def test_a_skippable_frame_of_absurd_length_swallows_nothing(made, records):
    """Damage may look like the head of a skippable frame; what comes behind is then no length."""
    first = made.zstd(records[1])
    found = made.read(first + b"P*M\x18" + made.zstd(records[2]))
    assert found.urls == ["1", "2"]
    assert [(damage.kind, damage.offset) for damage in found.damage] == [("corrupt", len(first))]


def test_gzip_header_with_all_its_fields(made, records):
    plain = made.gzip(records[1])
    header = plain[:3] + b"\x1e" + plain[4:10] + b"\x03\0abc" + b"name\0" + b"comment\0" + b"\0\0"
    found = made.read(header + plain[10:] + plain)
    assert (found.urls, found.damage) == (["1", "1"], [])


@pytest.mark.parametrize(
    ("length", "message"),
    [(lambda n: n - 40, "too short"), (lambda n: n + 100, "runs into"), (lambda n: 10**6, "past the next record")]
    + [(lambda n, value=value: value, "missing, no number") for value in ("+5", "-5", "many", 10**15, None)],
)
def test_wrong_content_length_in_a_plain_file(made, length, message):
    block = made.http(made.html(2))
    bad = made.record(2, block, Content_Length=length(len(block)))
    found = made.read(made.page(1) + bad + made.page(3))
    assert found.urls == ["1", "3"]
    assert [(record.reason, record.url) for record in found.refused] == [("unreadable", "http://made.example/2")]
    assert [(damage.kind, damage.offset) for damage in found.damage] == [("corrupt", len(made.page(1)))]
    assert message in found.damage[0].message


@pytest.mark.parametrize("length", [10, 10**6, 10**12, None])
def test_wrong_content_length_in_a_member_costs_no_other_record(made, length):
    bad = made.record(2, made.http(made.html(2)), Content_Length=length)
    found = made.read(made.gzip(made.page(1)) + made.gzip(bad) + made.gzip(made.page(3)))
    assert found.urls == ["1", "3"]
    assert [record.reason for record in found.refused] == ["unreadable"]
    assert [(damage.kind, damage.offset) for damage in found.damage] == [("corrupt", len(made.gzip(made.page(1))))]


@pytest.mark.parametrize("end", [b"", b"\r\n", b"\r\n" * 50])
def test_more_or_fewer_line_ends_after_a_record_are_no_damage(made, end):
    found = made.read(made.page(1, end=end) + made.page(2, end=end) + made.page(3, end=end))
    assert found.urls == ["1", "2", "3"]
    assert found.damage == []


def test_garbage_between_and_before_plain_records(made):
    found = made.read(b"garbage\r\n" + made.page(1) + b"more garbage\r\n" + made.page(2))
    assert found.urls == ["1", "2"]
    assert [damage.offset for damage in found.damage] == [0, len(b"garbage\r\n" + made.page(1))]


def test_header_forms(made):
    block = made.http(made.html(1))
    lf = f"WARC/1.0\nWARC-Type: response\nWARC-Target-URI: <http://made.example/lf>\nContent-Length: {len(block)}\n\n"
    folded = made.record(2, block, WARC_Target_URI="http://made.example/\r\n folded")
    long = made.record(3, block, X_Long="x" * 200_000)
    twice = made.record(4, block).replace(b"Content-Length", f"Content-Length: {len(block)}\r\nContent-Length".encode())
    latin = made.record(5, block).replace(b"example/5", b"example/\xe4")
    found = made.read(lf.encode() + block + b"\n\n" + folded + long + twice + latin)
    assert found.urls == ["lf", " folded", "3", "4", "ä"]
    assert found.damage == []


NO_ARCHIVES = {
    "nothing": b"",
    "prose": b"It was the best of times, it was the worst of times.\n" * 100,
    "NULs": bytes(5000),
    "JSON": b'{"WARC/1.0": "no"}',
    "empty member": b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x03\0\0\0\0\0\0\0\0\0",
    "zip with an archive inside": b"PK\x03\x04"
    + bytes(26)
    + b"\r\nWARC/1.0\r\nWARC-Type: x\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("name", NO_ARCHIVES)
def test_no_archive(made, name):
    found = made.read(NO_ARCHIVES[name])
    assert [(damage.kind, damage.offset) for damage in found.out] == [("not_warc", 0)]


class Endless(io.RawIOBase):
    """A record of 300 MB between two pages, made while it is read."""

    def __init__(self, made):
        head = made.http(b"<p>")
        record = made.record(2, head, Content_Length=len(head) + (300 << 20), end=b"")
        self.parts = iter([made.page(1), record, *[bytes(1 << 20)] * 300, b"\r\n\r\n", made.page(3)])
        self.left = b""
        self.given = 0

    def read(self, size=-1):
        self.left = self.left or next(self.parts, b"")
        part, self.left = self.left[:size], self.left[size:]
        self.given += len(part)
        return part


def test_a_record_that_is_too_large_is_never_held(made):
    import tracemalloc

    from florilegium.sources.warc import read_archive

    stream = Endless(made)
    tracemalloc.start()
    found = list(read_archive(stream))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [getattr(record, "reason", None) for record in found] == [None, "too_large", None]
    assert stream.given > 300 << 20
    assert peak < 16 << 20


@pytest.mark.parametrize("pack", ["plain", "gzip"])
def test_max_record_bytes_is_of_the_payload(made, pack):
    data = made.page(1) if pack == "plain" else made.gzip(made.page(1))
    size = len(made.html(1))
    assert made.read(data, max_record_bytes=size).urls == ["1"]
    assert [record.reason for record in made.read(data, max_record_bytes=size - 1).refused] == ["too_large"]


def test_compressed_body_that_unpacks_too_large(made):
    body = made.gzip(b"<p>" + bytes(5 << 20))
    found = made.read(
        made.record(1, made.http(body, "Content-Type: text/html", "Content-Encoding: gzip")), max_record_bytes=1 << 20
    )
    assert [(type(record), record.reason) for record in found.out] == [(Refused, "too_large")]
