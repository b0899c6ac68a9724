"""Run archives: layout, reading, writing, manifests, and where runs came from."""
