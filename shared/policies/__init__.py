"""Who may do what: pure functions, each with the sentence that explains it."""
