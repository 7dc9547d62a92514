"""What people see: terminal tables, and the page report.html."""
