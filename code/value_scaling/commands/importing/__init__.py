"""`scaling import`."""
