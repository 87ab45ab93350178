"""Documents in Firestore that people's apps listen to, one module per service that writes them.

Each also carries `version`, which grows; instants are texts, as in the API. A field is added, never
narrowed: apps of the last release read it. `schemas/firestore.rules` says who may read which.
"""
