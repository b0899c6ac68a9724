"""Studies of σ and N: what their archives hold, and the record of their fits."""
