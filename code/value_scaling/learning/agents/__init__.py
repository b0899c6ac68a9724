"""The agents: one file each, and one line in the registry."""
