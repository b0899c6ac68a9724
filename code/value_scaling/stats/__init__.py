"""Statistics on plain arrays: first crossings, resampling, power laws, frontiers.

Floor 0 of the package: nothing here knows of reinforcement learning, files or plots.
"""
