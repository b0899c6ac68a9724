"""`scaling import`: its options, and what it does."""
