"""Training: agents, replays, environments, and many runs in one program.

Only this package imports JAX. Agents are written for one run and one batch of
transitions; `program` maps them over a runs axis, and `group` trains such a group of
runs.
"""
