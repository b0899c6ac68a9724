"""What follows from the records by rule, in sentences."""
