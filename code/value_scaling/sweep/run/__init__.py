"""Train what is missing: in one process, on a host, or on a cluster."""
