"""Offers and requests that expire.

Announces `ListingSubmitted`, `ListingPublished`, `ListingRejected`, `ListingWithdrawn`,
`ListingExpiring`, `ListingExpired`, `ListingErased`.
"""
