"""report.html: one file that shows a run, what its rules did, and the documents on either side of each bound."""

from florilegium.report.page.write import write_report

__all__ = ["write_report"]
