"""The stage ``signatures``: what a document leaves behind so that its copies can be found without its text."""

import pyarrow as pa
from pydantic import Field

from florilegium.documents import with_column
from florilegium.recipe.options import Options
from florilegium.run.stage import Applied, Stage


class SignatureOptions(Options):
    """One MinHash configuration for all steps (FineWeb: 5-grams, 14 bands of 8 rows)."""

    ngram: int = Field(5, ge=1, le=50, description="Words in a shingle.")
    bands: int = Field(14, ge=1, le=1000)
    rows: int = Field(8, ge=1, le=100, description="Minima in a band.")
    seed: int = Field(1, ge=0)


class SignatureStage(Stage):
    """Write the keys for exact duplicates (by address, by words) and the MinHash signature."""

    kind = "signatures"
    OPTIONS = SignatureOptions
    compiled = tuple(f"florilegium.dedup.{name}" for name in ("signatures", "textkey", "urls", "stars"))

    @property
    def reads(self) -> tuple[str, ...]:
        return ("text", "url")

    @property
    def writes(self) -> tuple[pa.Field, ...]:
        bands, rows = self.options.bands, self.options.rows
        return (
            pa.field("key.url", pa.binary(16)),
            pa.field("key.text", pa.binary(16)),
            pa.field("minhash.bands", pa.binary(8 * bands)),
            pa.field("minhash.low", pa.binary(bands * rows)),
        )

    def warm(self) -> None:
        """Compile the kernels once, before workers start."""
        self._measure(
            pa.array(["a few words to compile the kernels with"], pa.large_string()), pa.array(["a.example/x"])
        )

    def _measure(self, texts: pa.Array, urls: pa.Array) -> tuple[pa.Array, ...]:
        from florilegium.dedup.signatures import signatures
        from florilegium.dedup.textkey import text_key
        from florilegium.dedup.urls import url_key

        options = self.options
        made = signatures(texts, ngram=options.ngram, bands=options.bands, rows=options.rows, seed=options.seed)
        return url_key(urls), text_key(texts), made.bands, made.low

    def apply(self, documents: pa.RecordBatch) -> Applied:
        for field, values in zip(
            self.writes, self._measure(documents.column("text"), documents.column("url")), strict=True
        ):
            documents = with_column(documents, field, values)
        return documents, []
