"""Training the runs of a study: which are missing, what they cost, and making them."""
