"""Commands about this machine: its GPU, and δ on it."""
