"""Replay memories on the device, and what checkpoints hold of them."""
