"""Text to numbers: the signals behind published rules. A signal never knows its threshold."""
