"""The source ``datatrove``: any stock reader. It reads in one task; what a stock reader skips, it does not tell."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Literal

from pydantic import Field

from florilegium.documents import Input
from florilegium.errors import SourceError
from florilegium.recipe.options import Place, Written
from florilegium.sources.source import Found, Record, Refusal, Source, SourceOptions
from florilegium.stock.bridge import construct, find_class


class ReaderOptions(SourceOptions):
    """A reader class of datatrove and what to construct it with."""

    reader: str = Field(description="Class path, such as `pipeline.readers.JsonlReader`.")
    with_: dict[str, Any] = Field(default_factory=dict, alias="with", description="Arguments of its constructor.")
    gives: Literal["text", "html"] = Field("text", description="What the reader's `text` is; `html` needs `extract`.")


class StockReader(Source):
    """Read through a stock datatrove reader."""

    kind = "datatrove"
    OPTIONS = ReaderOptions

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        find_class(options.reader)

    @property
    def provides(self) -> tuple[str, ...]:  # type: ignore[override]
        """Give the column that the reader fills."""
        return ("text",) if self.options.gives == "text" else ("payload", "content_type")

    def identity(self) -> dict[str, Any]:
        return super().identity() | {"datatrove": version("datatrove")}

    def _make(self) -> Any:
        options = dict(self.options.with_)
        folder = options.get("data_folder")
        if isinstance(folder, str) and "://" not in folder:
            options["data_folder"] = str(Place(folder, folder.folder if isinstance(folder, Written) else None))
        return construct(self.options.reader, options)

    def inputs(self) -> list[Input]:
        """Give one input for all the reader's files: their names, sizes and times are its stamp."""
        folder = getattr(self._make(), "data_folder", None)
        stamps, size = [], 0
        if folder is not None:
            for path in sorted(folder.list_files(recursive=True)):
                info = folder.info(path)
                size += int(info.get("size") or 0)
                stamps.append(f"{path}:{info.get('size')}:{info.get('mtime') or info.get('ETag') or ''}")
            if not stamps:
                raise SourceError(
                    f"source `{self.name}`: no file in {folder.path}. Check `with: {{data_folder: ...}}`."
                )
        return [Input(self.name, self.options.reader, self.options.reader, size, ";".join(stamps))]

    def records(self, found: Input) -> Iterator[Found]:
        for number, document in enumerate(self._make().run(None, 0, 1)):
            metadata = dict(document.metadata)
            place = metadata.pop("file_path", None)
            facts = {
                "url": metadata.pop("url", None),
                "date": metadata.pop("date", None),
                "metadata": metadata | ({"file_path_src": str(place).rsplit("/", 1)[-1]} if place else {}),
            }
            if not document.text.strip():
                yield Refusal(document.id, number, "empty", url=facts["url"])
            elif self.options.gives == "text":
                yield Record(document.id, number, text=document.text, **facts)
            else:
                yield Record(
                    document.id,
                    number,
                    payload=document.text.encode("utf-8", "replace"),
                    content_type="text/html; charset=utf-8",
                    **facts,
                )
