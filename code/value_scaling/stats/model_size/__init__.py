"""Laws in two variables, σ and N, and their optima: arrays only."""
