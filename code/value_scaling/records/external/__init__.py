"""Records of runs that others made and published as tables."""
