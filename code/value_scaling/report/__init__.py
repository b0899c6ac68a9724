"""What the paper shows: figures, tables and numbers drawn from records."""
