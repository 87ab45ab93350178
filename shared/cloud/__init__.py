"""The seams to Google and to providers, one module each; clients are made inside a request."""
