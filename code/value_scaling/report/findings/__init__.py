"""Sentences and verdicts that follow from the records by rule."""
