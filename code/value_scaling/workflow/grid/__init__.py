"""The grid search as a table: its best values, and what a choice costs."""
