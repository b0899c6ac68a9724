"""The command for runs that others made."""
