"""Text to language label, script and score, in one code system."""
