"""Bytes to documents: one module per format."""
