"""What make asks: which commands make which files."""
