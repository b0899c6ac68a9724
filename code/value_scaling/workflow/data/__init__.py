"""From archives to the data D_J(σ): selection, pooling, and what prevents a fit."""
