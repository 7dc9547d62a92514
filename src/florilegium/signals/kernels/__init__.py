"""Compiled loops behind the signals: arrays in, counts out, no disk, no thresholds."""
