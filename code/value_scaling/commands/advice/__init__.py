"""`scaling recommend`."""
