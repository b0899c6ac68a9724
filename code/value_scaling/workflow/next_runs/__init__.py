"""The runs that would help most, with the reason and the cost of each."""
