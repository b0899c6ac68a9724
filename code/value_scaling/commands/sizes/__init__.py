"""The command for studies of σ and N."""
