"""The record of each stage: its results, with intervals and warnings."""
