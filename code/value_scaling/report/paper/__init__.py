"""Files that the paper reads: numbers as commands, tables and captions."""
