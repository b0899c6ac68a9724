"""Defaults of what a study file leaves out, from the runs of the study."""
