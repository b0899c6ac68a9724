"""Run archives: layout, reading, writing, manifests and provenance."""
