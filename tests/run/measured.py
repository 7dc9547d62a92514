"""Small measured shards, written from literal rows."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from florilegium.run.decisions import RANGE, Columns
from florilegium.run.shards import ShardWriter, finish

Row = dict[str, Any]

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("date", pa.string()),
        pa.field("language", pa.string()),
        pa.field("script", pa.string()),
        pa.field("a.share", pa.float32(), metadata={RANGE: "0 1"}),
        pa.field("a.count", pa.int32(), metadata={RANGE: "0 inf"}),
        pa.field("key.url", pa.binary(16)),
        pa.field("key.text", pa.binary(16)),
        pa.field("minhash.bands", pa.binary(2 * 8)),
        pa.field("minhash.low", pa.binary(2 * 4)),
        pa.field("text_bytes", pa.int64(), nullable=False),
    ]
)
BLANK: Row = dict.fromkeys(SCHEMA.names) | {"language": "en", "a.share": 0.5, "a.count": 1, "text_bytes": 10}


def measured(folder: Path, *shards: list[Row]) -> Path:
    """Write one measured shard for each list of rows; what a row lacks is as in BLANK."""
    folder.mkdir()
    for number, rows in enumerate(shards):
        writer = ShardWriter(folder / f"{number:05d}.parquet", SCHEMA)
        writer.write(pa.RecordBatch.from_pylist([BLANK | row for row in rows], schema=SCHEMA))
        finish(folder, number, {writer.path.name: writer.close()}, {})
    return folder


def columns(folder: Path, *shards: list[Row]) -> Columns:
    """Give the columns of new measured shards in ``folder/measured``."""
    return Columns(measured(folder / "measured", *shards), len(shards))
