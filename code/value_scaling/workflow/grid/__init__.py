"""The grid search as a table, its best values, and what each choice in it costs."""
