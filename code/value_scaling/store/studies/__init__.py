"""Strict reading and checks of study files and training files."""
