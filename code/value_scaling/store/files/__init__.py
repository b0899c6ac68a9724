"""Files of every kind: written at once or not at all, and read without trust."""
