"""The cost of runs: memory, hours and disk, and FLOPs for each environment step."""
