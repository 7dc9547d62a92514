"""Whatever happens to an archive's bytes: no exception, and no page that nobody wrote without a word about it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NUMBERS = (1, 2, 3)
ARCHIVES = {
    "plain": lambda made: b"".join(map(made.page, NUMBERS)),
    "gzip": lambda made: b"".join(made.gzip(made.page(number)) for number in NUMBERS),
    "gzip whole": lambda made: made.gzip(b"".join(map(made.page, NUMBERS))),
    "gzip twice": lambda made: made.gzip(b"".join(made.gzip(made.page(number)) for number in NUMBERS)),
    "zstd": lambda made: b"".join(made.zstd(made.page(number)) for number in NUMBERS),
    "lz4": lambda made: b"".join(made.lz4(made.page(number)) for number in NUMBERS),
    "mixed": lambda made: made.page(1) + made.gzip(made.page(2)) + made.zstd(made.page(3)),
    "arc": lambda made: b"".join(made.arc(number, made.http(made.html(number))) for number in NUMBERS),
}
UNCHECKED = ("plain", "mixed", "arc")  # no checksum guards uncompressed bytes, and the records have no digests
OPENINGS = [
    b"WARC/1.0\r\n",
    b"WARC-Type: response\r\n",
    b"Content-Length: 9\r\n",
    b"\r\n\r\n",
    b"HTTP/1.1 200",
    b"\x1f\x8b\x08\0",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"\x5d\x2a\x4d\x18\x02\0\0\0",
    b"a:b 1.1.1.1 20260102030405 c 5\n",
]
many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def wrong_pages(made, found):
    written = {f"http://made.example/{number}": made.html(number) for number in NUMBERS}
    return [page.url for page in found.pages if written.get(page.url) != page.payload]


@pytest.mark.parametrize("name", ARCHIVES)
def test_cut_at_every_byte(made, name):
    """A cut gives whole pages from before it only; between records nothing shows it, else it is reported."""
    data = ARCHIVES[name](made)
    silent = []
    for size in range(len(data)):
        found = made.read(data[:size])
        assert wrong_pages(made, found) == []
        assert found.urls == [str(number) for number in NUMBERS][: len(found.urls)]
        if not found.damage:
            silent.append(size)
    assert len(silent) <= 5 * len(NUMBERS)  # a plain record may lack some of its four last line-end bytes


@pytest.mark.parametrize("name", ARCHIVES)
@many
@given(data=st.data())
def test_flipped_bits(made, name, data):
    archive = bytearray(ARCHIVES[name](made))
    for place in data.draw(st.lists(st.integers(0, len(archive) * 8 - 1), min_size=1, max_size=8, unique=True)):
        archive[place // 8] ^= 1 << place % 8
    found = made.read(bytes(archive))
    assert found.damage or name in UNCHECKED or wrong_pages(made, found) == []


@pytest.mark.parametrize("name", ARCHIVES)
@many
@given(data=st.data())
def test_bytes_taken_out_and_put_in(made, name, data):
    archive = ARCHIVES[name](made)
    start, stop = sorted(data.draw(st.tuples(st.integers(0, len(archive)), st.integers(0, len(archive)))))
    found = made.read(archive[:start] + data.draw(st.binary(max_size=200)) + archive[stop:])
    assert found.damage or name in UNCHECKED or wrong_pages(made, found) == []


@many
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(OPENINGS),
        ),
        max_size=12,
    )
)
def test_any_bytes(made, parts):
    found = made.read(b"".join(parts))
    assert found.out
    assert found.pages == []
