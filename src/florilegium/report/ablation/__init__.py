"""What people see of a question: verdict.md, terminal tables, and its page report.html."""

from florilegium.report.ablation.page import write_question_report
from florilegium.report.ablation.tables import compare_questions, dry_run, list_questions, verdicts
from florilegium.report.ablation.text import verdict_text

__all__ = ["compare_questions", "dry_run", "list_questions", "verdict_text", "verdicts", "write_question_report"]
