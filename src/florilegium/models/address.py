"""Where a model file is: a local path, a file on the Hugging Face Hub, or any fsspec URL, fetched once."""

import hashlib
import os
import re
from pathlib import Path
from uuid import uuid4

from florilegium.errors import RecipeError, SourceError
from florilegium.recipe.options import cache_folder

_HUB = re.compile(r"hf://(?:models/)?([^/@]+/[^/@]+)(?:@([^/]+))?/(.+)")


def resolve_model(address: str) -> Path:
    """Give the local file of ``address``; fetch it into the cache where it is a URL and not there yet.

    ``hf://org/repo/file`` and ``hf://org/repo@revision/file`` are files of model repositories on the Hub (or on the
    server that ``$HF_ENDPOINT`` names). A fetched file is never looked up again, so that a run and its resumption use
    the same bytes: delete it from the cache to fetch it anew. A download that stops half-way is never taken for a file.

    Raises:
        RecipeError: no such local file, or an ``hf://`` address that is not understood.
        SourceError: the file cannot be fetched.
    """
    if address.startswith("hf://"):
        return _from_hub(address)
    if "://" in address:
        return _from_url(address)
    path = Path(address).expanduser()
    if not path.is_file():
        raise RecipeError(f"no model file at `{path}`: correct the path, or write `hf://org/repo/file` or a URL")
    return path


def _from_hub(address: str) -> Path:
    """Fetch through the Hub's own client, which resumes, authenticates and writes atomically."""
    match = _HUB.fullmatch(address)
    if match is None:
        raise RecipeError(f"`{address}` names no file on the Hub: write `hf://org/repo[@revision]/file`")
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    repository, revision, name = match.groups()
    folder = cache_folder() / "hub"
    cached = huggingface_hub.try_to_load_from_cache(repository, name, cache_dir=folder, revision=revision)
    if isinstance(cached, str):
        return Path(cached)
    try:
        fetched = huggingface_hub.hf_hub_download(
            repository, name, revision=revision, cache_dir=folder, endpoint=os.environ.get("HF_ENDPOINT")
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise SourceError(f"`{address}` cannot be fetched ({_first_line(error)}): {_NEXT}") from error
    return Path(fetched)


def _from_url(address: str) -> Path:
    import fsspec

    target = cache_folder() / "models" / hashlib.sha256(address.encode()).hexdigest()[:16] / Path(address).name
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".fetching-{uuid4().hex}")
    try:
        filesystem, path = fsspec.core.url_to_fs(address)
        filesystem.get_file(path, str(partial))
        partial.replace(target)
    except (OSError, ValueError, ImportError) as error:
        raise SourceError(f"`{address}` cannot be fetched ({_first_line(error)}): {_NEXT}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


_NEXT = "check the address and the network, or fetch it by hand and name the local file"


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
