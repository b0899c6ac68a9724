"""The grid of a study: which runs are missing, and making them, resumably."""
