"""Train on a Ray cluster or on a Slurm cluster."""
