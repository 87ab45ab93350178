"""How long the kernel's rows are kept."""

from datetime import timedelta

SENT_KEPT = timedelta(days=7)
INBOX_KEPT = timedelta(days=30)
"""Longer than anything is retried: Pub/Sub keeps a message for 7 days, a dead letter 7 more."""

KEYS_KEPT = timedelta(hours=48)
OFFLINE_KEPT = timedelta(days=30)
"""How long the keys of an outbox are kept: a phone may come back after weeks without a network."""

QUOTAS_KEPT = timedelta(days=400)
CHANGES_KEPT = timedelta(days=30)
CURSORS_KEPT = CHANGES_KEPT - timedelta(days=1)
"""A day less than the changes: a transaction may be older than its order in the feed tells."""
