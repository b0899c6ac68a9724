"""Figures, tables and text on runs that others made."""
