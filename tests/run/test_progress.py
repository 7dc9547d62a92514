"""Plain lines of progress fit a terminal of 80 columns, whatever a report says."""

from io import StringIO

import pytest
from rich.console import Console

from florilegium.run.progress import WIDTH, watch
from florilegium.run.supervisor import Report


@pytest.mark.parametrize("arm", ["baseline", "random_without_a_long_name_of_forty_letters_again"])
def test_lines_fit_and_keep_what_is_new(monkeypatch: pytest.MonkeyPatch, arm: str) -> None:
    monkeypatch.setattr("florilegium.run.progress.PLAIN_EVERY", 0.0)
    out = StringIO()
    with watch(Console(file=out, width=200), "train", 150, 0, "tokens") as listen:
        listen(Report("progress", 3, 12_345_678, 0, f"{arm}, seed 3: loss 3.217"))
    lines = out.getvalue().splitlines()
    assert lines and all(len(line) <= WIDTH for line in lines)
    assert all("seed 3: loss 3.217" in line and line.startswith("train: 0 of 150 tasks, ") for line in lines)


def test_what_was_counted_is_shown_whole_where_nothing_is_said() -> None:
    out = StringIO()
    with watch(Console(file=out, width=200), "measure", 2, 0) as listen:
        listen(Report("progress", 0, 3000, 2900))
        listen(Report("finished", 0))
    assert out.getvalue().startswith("measure: 1 of 2 tasks, 3,000 documents, ")
