"""`scaling plan` and `scaling train`."""
