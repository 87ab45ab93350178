"""Businesses and listings that look like the real ones, the same again for the same seed."""
