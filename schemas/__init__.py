"""Every shape that crosses a process boundary. Imports pydantic and the standard library only."""
