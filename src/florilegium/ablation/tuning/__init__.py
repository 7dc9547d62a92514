"""Tuning: which of many candidate rules are worth having together, found with little training."""
