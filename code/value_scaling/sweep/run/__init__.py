"""Training what is missing: on one core, on a host, or on a cluster."""
