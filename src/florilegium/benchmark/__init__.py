"""Benchmark suites as files: items, scoring a model folder, contamination, and which tasks can be trusted."""
