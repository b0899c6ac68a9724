"""Figures, tables and numbers of studies of σ and N."""
