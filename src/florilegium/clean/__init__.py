"""Text to text: every cleaner says which spans it replaces, so that page anchors can follow."""
