"""Which runs make up a set, and which of them are missing."""
