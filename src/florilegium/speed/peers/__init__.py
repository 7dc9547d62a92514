"""The other sides: a script each, run by the Python of an environment of its own, which holds nothing of ours."""
