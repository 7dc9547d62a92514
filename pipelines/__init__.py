"""What `make` runs: one short file per flow; each only composes stages and executors."""
