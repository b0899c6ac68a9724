"""Replays on the device, and their contents in checkpoints."""
