"""The in-app feed: what happened to somebody, told once, in his language.

Listens to the listings service; announces nothing.
"""
