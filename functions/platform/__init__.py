"""Not a product: health, the outbox relay, purges, sync."""
