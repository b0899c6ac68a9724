"""Figures, tables and numbers of the paper, made from records."""
