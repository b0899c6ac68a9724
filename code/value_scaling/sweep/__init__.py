"""Train the runs of a study: find which are missing, what they cost, and make them."""
