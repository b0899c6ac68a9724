"""Exporters: the runs and results of a study in the formats of other tools."""
