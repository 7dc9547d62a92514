"""Model files: where they come from, whether they are whole, and fastText behind one safe wrapper."""
