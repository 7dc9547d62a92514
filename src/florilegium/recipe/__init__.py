"""What a user writes: strict models, loading, patching, hashing, JSON Schema."""
