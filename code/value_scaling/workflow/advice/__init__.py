"""Advice from the fits: settings that meet given limits, and runs that help most."""
