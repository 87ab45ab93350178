"""How long somebody who asked to be forgotten may think again."""

from datetime import timedelta

GRACE = timedelta(days=5)
"""The erasure and what follows from it are done within the hour after, so that all is over before
the seven days of the strictest law that we know of (Kenya's)."""
