"""Florilegium: raw crawls and digitised collections in, filtered corpus releases out."""
