"""Every SQL statement of BizConnect; `python -m functions write` prints `_queries`."""
