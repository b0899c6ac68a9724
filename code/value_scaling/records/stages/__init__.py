"""The record of each stage: what it found, with intervals and warnings."""
