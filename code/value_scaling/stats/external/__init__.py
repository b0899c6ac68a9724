"""Statistics of runs with few log points, and of many tasks together."""
