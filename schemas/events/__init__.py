"""Facts in the past tense, one module per publishing service. A field is added, never narrowed."""
