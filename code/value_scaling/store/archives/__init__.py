"""Run archives: layout, reading, writing, manifests, resets and computing time."""
