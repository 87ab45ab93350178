"""The cloud on one machine. Never imported by functions/, shared/ or schemas/."""
