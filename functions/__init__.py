"""The suite: every file without a leading underscore is one Cloud Function."""
