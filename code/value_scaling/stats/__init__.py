"""Statistics on plain arrays: crossings, resampling, power laws, minima, trends.

Floor 0 of the package: nothing here knows of reinforcement learning, files or plots.
"""
