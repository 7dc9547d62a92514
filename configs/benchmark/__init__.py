"""Benchmark suites that come with the package."""
