"""Training: a group of runs in one compiled program, with exact resume."""
