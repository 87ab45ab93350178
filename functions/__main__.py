"""`python -m functions`: the suite, printed."""
