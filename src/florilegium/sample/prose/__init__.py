"""The written stock of the sample, as text files."""
