"""How the work of a function grows with what it is given: counted in time of this thread alone."""

import time
from collections.abc import Callable
from itertools import pairwise

SIZES = (10, 20, 200, 2_000, 12_000)
SLACK = 4
"""How much faster than its input work may seem to grow: a machine has other things to do."""

NOTHING = 0.002
"""Seconds that say nothing about growth."""


def too_fast(work: Callable[[str], object], made: Callable[[int], str]) -> str | None:
    """Say at which size work on `made(size)` grew faster than in step, or None.

    The sizes are such that twice as many steps for each letter are over at the second, and what
    takes the square of the length at the last, each before anybody has to wait.
    """
    took = _took(work, made(SIZES[0]))
    for before, size in pairwise(SIZES):
        allowed = SLACK * (size / before) * max(took, NOTHING)
        took = _took(work, made(size))
        if took > allowed and _took(work, made(size)) > allowed:
            return f"{size} letters took {took:.3f} s, {before} at most {allowed:.3f}"
    return None


def _took(work: Callable[[str], object], text: str) -> float:
    begun = time.thread_time()
    work(text)
    return time.thread_time() - begun
