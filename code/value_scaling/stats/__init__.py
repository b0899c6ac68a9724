"""Statistics on plain arrays: crossings, resampling, power laws, minima, trends.

This is the lowest layer of the package. It contains nothing about reinforcement
learning, files or plots.
"""
