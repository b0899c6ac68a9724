"""The grid search as a table, its best values, and the regret of each choice."""
