"""A real crawl, page by page: every record of its index is accounted for by name, with the reason."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.flows.conftest import Command, check_run

RECIPE = """\
name: crawl
sources:
  - {{name: crawl, kind: warc, files: "{files}"}}
measure:
  - extract: {{with: resiliparse}}
  - language: {{}}
  - gate: {{language: [en], at_least: 0.65}}
  - signals: [gopher_quality]
  - signatures: {{}}
decide:
  - rules: [gopher_quality]
  - deduplicate: {{}}
release: {{format: [mask_email, mask_ip]}}
"""

#: Reasons of the index and what the reader says.
REFUSED = {
    "http_": ("http_status",),
    "request_record": ("record_type",),
    "metadata_record": ("record_type",),
    "revisit_record": ("record_type",),
    "dns_record": ("record_type",),
    "empty_body": ("empty",),
    "_as_html": ("not_html",),
    "": ("content_type",),
}


@pytest.mark.slow
def test_every_record_is_accounted_for(
    florilegium: Command, shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shared_data("crawl/index.jsonl.gz").parent
    (tmp_path / "crawl.yaml").write_text(RECIPE.format(files=folder / "crawl-0000*.warc.gz"))
    florilegium("curate", "crawl.yaml", folder=tmp_path)
    run = tmp_path / "runs" / "crawl"
    check_run(run)
    fate: dict[str, list[str]] = {}
    for path in sorted(run.glob("measured-*/*.left.parquet")):
        for row in pq.read_table(path, columns=["id", "outcome", "stage", "rule"]).to_pylist():
            fate.setdefault(row["id"], []).append(f"{row['outcome']}:{row['stage']}:{row['rule']}")
    for path in sorted(run.glob("decided-*/*.parquet")):
        for row in pl.DataFrame(pq.read_table(path)).rows(named=True):
            fate.setdefault(row["id"], []).append("kept" if row["kept"] else f"rejected:{row['stage']}:{row['rule']}")
    with gzip.open(folder / "index.jsonl.gz", "rt") as file:
        index = [json.loads(line) for line in file if line.strip()]
    assert len(index) == 3177
    said = Counter[str]()
    for entry in index:
        found = fate.pop(f"crawl/{entry['record_id'].strip('<>')}")
        assert len(found) == 1, f"{entry['record_id']} is accounted for {len(found)} times: {found}"
        said[found[0]] += 1
        if entry["kind"] == "page":
            assert not found[0].startswith("rejected:read"), f"the page {entry['record_id']} was refused: {found[0]}"
        elif entry["kind"] == "warcinfo":
            assert found[0] == "rejected:read:record_type"
        else:
            wanted = next(rules for key, rules in REFUSED.items() if key in entry["reason"])
            assert found[0].removeprefix("rejected:read:") in wanted, f"{entry['reason']}: {found[0]}"
    assert not fate, f"records that are not in the index: {list(fate)[:3]}"
    assert said["kept"] > 800
