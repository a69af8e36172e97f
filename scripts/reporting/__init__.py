"""The report: grades what the results say, and writes and prints it. scripts/report.py is its command."""
