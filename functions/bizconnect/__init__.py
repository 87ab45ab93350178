"""Connections between businesses: asked for, accepted, ended, blocked; and who suits whom.

Announces `ConnectionRequested`, `ConnectionAccepted`, `ConnectionEnded`.
Listens to the users and listings services.

`bizconnect.connection` is what other services may read: one row for two businesses, whoever asked.
Connected is `state = 'accepted'`. What waits until `expires_at` is `pending` and also `declined`:
whoever asked takes it for pending. `blocked_by` hides each of the two from the other. The table
tells more than a business may know of the other: who reads it says nothing of a decline or a block.
"""
