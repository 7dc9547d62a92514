"""Models by path, from a Hub (a local server stands in for it), and by URL."""

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import fsspec
import pytest

from florilegium.errors import RecipeError, SourceError
from florilegium.models.address import resolve_model
from florilegium.recipe.options import cache_folder

CONTENT = b"a model" * 1000
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for each test."""
    monkeypatch.setenv("FLORILEGIUM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A Hub with one file, `org/repo/sub/model.bin`; gives the requests that it sees."""
    seen: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            seen.append(f"{self.command} {self.path}")
            known = self.path in ("/org/repo/resolve/main/sub/model.bin", "/org/repo/resolve/v2/sub/model.bin")
            self.send_response(200 if known else 404)
            if known:
                self.send_header("ETag", f'"{hashlib.sha256(CONTENT).hexdigest()}"')
                self.send_header("X-Repo-Commit", COMMIT)
            else:
                self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", str(len(CONTENT) if known else 0))
            self.end_headers()
            if known and self.command == "GET":
                self.wfile.write(CONTENT)

        do_GET = do_HEAD

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield seen
    server.shutdown()
    server.server_close()


def test_a_local_path_is_itself(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(CONTENT)
    assert resolve_model(str(tmp_path / "model.bin")) == tmp_path / "model.bin"


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no model file at .*absent\.bin"):
        resolve_model(str(tmp_path / "absent.bin"))


def test_the_cache_is_in_the_home_folder_unless_told(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    assert cache_folder() == cache
    monkeypatch.delenv("FLORILEGIUM_CACHE")
    assert cache_folder() == Path.home() / ".cache" / "florilegium"


def test_a_url_is_fetched_once(cache: Path) -> None:
    with fsspec.open("memory://models/edu.bin", "wb") as file:
        file.write(CONTENT)
    fetched = resolve_model("memory://models/edu.bin")
    assert fetched.read_bytes() == CONTENT and fetched.name == "edu.bin" and cache in fetched.parents
    fsspec.filesystem("memory").rm("/models/edu.bin")
    assert resolve_model("memory://models/edu.bin") == fetched
    with pytest.raises(SourceError, match=r"memory://models/other\.bin"):
        resolve_model("memory://models/other.bin")
    assert [path.name for path in cache.rglob("*") if path.is_file()] == ["edu.bin"]  # nothing half-written is left


def test_a_hub_file_is_fetched_once(hub: list[str], cache: Path) -> None:
    fetched = resolve_model("hf://org/repo/sub/model.bin")
    assert fetched.read_bytes() == CONTENT and fetched.name == "model.bin" and cache in fetched.parents
    requests = len(hub)
    assert requests > 0
    assert resolve_model("hf://org/repo/sub/model.bin") == fetched and len(hub) == requests


def test_a_revision_of_a_hub_file(hub: list[str]) -> None:
    assert resolve_model("hf://org/repo@v2/sub/model.bin").read_bytes() == CONTENT
    assert all("/resolve/v2/" in request for request in hub)


def test_a_missing_hub_file_is_named(hub: list[str]) -> None:
    with pytest.raises(SourceError, match=r"hf://org/repo/absent\.bin"):
        resolve_model("hf://org/repo/absent.bin")


@pytest.mark.parametrize("address", ["hf://org", "hf://org/repo", "hf://org/repo@v2"])
def test_an_address_without_a_file(address: str) -> None:
    with pytest.raises(RecipeError, match="names no file on the Hub"):
        resolve_model(address)
