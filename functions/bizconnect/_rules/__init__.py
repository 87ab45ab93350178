"""What must be true of connections, and the errors when it is not; and who suits whom."""
