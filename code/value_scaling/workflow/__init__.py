"""Stages of the paper's analysis, in its order; each is a function of records."""
