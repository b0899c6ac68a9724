"""Commands about this machine: its GPU, and the price of an environment step on it."""
