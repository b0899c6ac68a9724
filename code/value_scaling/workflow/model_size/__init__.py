"""The stages of studies of σ and N, from runs to D(σ, N), B(σ, N), σ* and N*."""
