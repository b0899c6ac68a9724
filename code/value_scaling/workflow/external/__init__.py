"""Whether laws of the paper hold for runs that others made."""
