"""report.html of a million documents: small enough to open, made in bounded memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.conftest import run_command
from tests.report.million import write_million

REPORT = """\
import resource, sys
from pathlib import Path
from florilegium.report.page import write_report
from florilegium.run.folder import RunFolder
run = RunFolder(Path(sys.argv[1]))
print(write_report(run, run.plan()).stat().st_size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.mark.long
def test_a_million_documents_make_a_small_page_in_little_memory(tmp_path: Path) -> None:
    recipe = write_million(tmp_path)
    run_command("curate", recipe, folder=tmp_path)
    run = tmp_path / "runs" / "million"
    made = subprocess.run([sys.executable, "-c", REPORT, str(run)], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[-3000:]
    size, memory = (int(word) for word in made.stdout.split())
    assert size < 20e6
    assert memory < 2e9
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "1,000,000 records in" in page and page.count('<li class="document">') > 100
