"""Scaling laws of value-based deep RL: run archives in, laws with intervals out."""

__version__ = "0.1.0"
