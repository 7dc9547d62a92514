"""Dolma's taggers: ``python -m peers.dolma JOB ANSWER`` in an environment with ``dolma``."""

import json
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .timing import Timing, result, serve


def taggers(job: Mapping[str, Any]) -> dict[str, Any]:
    """Let each tagger predict each document of a file of JSON lines."""
    import dolma  # noqa: F401  # registers the taggers
    from dolma.core.data_types import Document
    from dolma.core.registry import TaggerRegistry

    asked = [TaggerRegistry.get(name)() for name in job["taggers"]]
    texts = [json.loads(line)["text"] for line in Path(job["texts"]).read_bytes().splitlines()]
    documents = [Document(source="speed", version="1", id=str(n), text=text) for n, text in enumerate(texts)]
    for tagger in asked:
        tagger.predict(Document(source="speed", version="1", id="", text="A few words. " * 9))
    with Timing() as timing:
        for tagger in asked:
            for document in documents:
                tagger.predict(document)
    return result(timing, len(documents), versions={"dolma": version("dolma")})


if __name__ == "__main__":
    serve({"taggers": taggers}, sys.argv[1:])
