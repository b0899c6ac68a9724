"""What the terminal and JSON documents say of records."""
