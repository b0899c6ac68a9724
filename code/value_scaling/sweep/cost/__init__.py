"""What runs take: memory, hours and disk, and FLOPs for each environment step."""
