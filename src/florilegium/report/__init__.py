"""What people see: terminal tables (and, later, report.html)."""
