"""Ray clusters, on which training and the analysis can run."""
