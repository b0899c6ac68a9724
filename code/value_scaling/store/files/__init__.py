"""Atomic writing and safe reading of files of every kind."""
